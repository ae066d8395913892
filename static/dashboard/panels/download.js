/**
 * The menu that hands out what the page shows: as a picture, to the clipboard, as data, as a command for a terminal.
 */

import { commandOf } from "../picture/draw-command.js";
import { createPictureClient, rasterise } from "../picture/client.js";
import { byId, fill, h } from "../base/dom.js";
import { maskStates } from "../model/pseudonyms.js";
import { t, tag } from "../base/i18n.js";
import { toHostState } from "../model/store.js";
import { toQuery } from "../address/view-query.js";

/**
 * @typedef {import("../page/page.js").Page} Page
 * @typedef {import("./time/controls.js").Journey} Journey
 * @typedef {{seq: number, state: import("../model/types.js").HostState}} Told
 *
 * @typedef {object} Asked
 * @property {number[]} seqs  the moments that are shown
 * @property {string} query  the page's address with the moments spelled out, and how the picture looks
 * @property {string} name  of the file
 * @property {import("../picture/frame.js").Sight|null} sight
 * @property {() => Told[]|Promise<Told[]>} states
 */

const SCALES = /** @type {const} */ ([1, 2, 4]);

/**
 * @param {Page} page
 * @param {Journey} journey
 * @param {HTMLElement} menu
 * @param {{workerUrl: string, sight: () => import("../picture/frame.js").Sight|null, say: (text: string) => void}}
 *   around
 */
export function createDownload(page, journey, menu, { workerUrl, sight, say }) {
  const client = createPictureClient(workerUrl);
  const chosen = { whole: true, mask: false };

  /** What is asked for now: a live page goes on while its picture is drawn. */
  function ask() {
    const { arrived, state, view, theme } = page;
    const held = arrived?.states ?? (state ? [state] : []);
    const seqs = held.map(({ seq }) => seq);
    const [at, from, to] = seqs.length > 1 ? [null, ...seqs] : [seqs[0] ?? null, null, null];
    const query = new URLSearchParams(toQuery({ ...view, host: null, life: null, kiosk: null, at, from, to }));
    query.set("theme", theme?.name ?? "light");
    query.set("lang", tag());
    if (chosen.mask) query.set("mask", "1");
    const host = chosen.mask ? "host-1" : (state?.host.hostname ?? "host");
    const name = `${
      host
        .toLowerCase()
        .replace(/[^\p{L}\p{N}]+/gu, "-")
        .replace(/^-|-$/g, "") || "host"
    }-${seqs.join("-")}`;
    return {
      seqs,
      query: query.toString(),
      name,
      sight: chosen.whole ? null : sight(),
      states: () => (arrived ? held.map(asTold) : latest(held)),
    };
  }

  /**
   * A live state as history holds it: the page has looked at the host since.
   * @param {import("../model/store.js").State[]} held
   */
  async function latest([state]) {
    if (!state) return [];
    const told = asTold(state);
    const kept = await journey.api?.state(told.seq).catch(() => null);
    return [{ ...told, state: kept?.whole ?? told.state }];
  }

  /** @param {Asked} asked */
  async function drawSvg(asked) {
    return client.draw({ states: await asked.states(), query: asked.query, sight: asked.sight });
  }

  /**
   * All of it comes from the server, byte for byte what the command draws; what is in sight, or where the server cannot
   * draw, from this browser.
   * @param {Asked} asked
   * @param {number} scale
   */
  async function drawPng(asked, scale) {
    const url = journey.api?.pictureUrl("png", `${asked.query}&scale=${scale}`);
    const answer = !asked.sight && url ? await fetch(url, { credentials: "same-origin" }).catch(() => null) : null;
    return answer?.ok ? answer.blob() : rasterise(await drawSvg(asked), scale);
  }

  /** @param {Asked} asked */
  async function gather(asked) {
    const [from, to] = asked.seqs;
    if (to !== undefined && !chosen.mask) return journey.api?.report(from, to);
    const found = (await asked.states()).map(({ state }) => state);
    const shown = chosen.mask ? maskStates(found) : found;
    return shown.length > 1 ? { before: shown[0], after: shown[1] } : shown[0];
  }

  /** @param {Asked} asked */
  async function saveSvg(asked) {
    const { svg } = await drawSvg(asked);
    save(new Blob([svg], { type: "image/svg+xml" }), `${asked.name}.svg`);
  }

  /** @param {Asked} asked */
  async function saveJson(asked) {
    save(new Blob([JSON.stringify(await gather(asked), null, 1)], { type: "application/json" }), `${asked.name}.json`);
  }

  /** The clipboard waits for a picture that is still being drawn, while the click counts. @param {Asked} asked */
  async function copyImage(asked) {
    await navigator.clipboard.write([
      new ClipboardItem({ "image/png": drawSvg(asked).then((picture) => rasterise(picture, 2)) }),
    ]);
    say(t("The picture is copied."));
  }

  async function copyCommand() {
    await navigator.clipboard.writeText(byId("download-command").textContent ?? "");
    say(t("The command is copied."));
  }

  /** @param {Blob} blob @param {string} name */
  function save(blob, name) {
    const url = URL.createObjectURL(blob);
    h("a", { href: url, download: name }).click();
    setTimeout(() => URL.revokeObjectURL(url), 60_000);
  }

  /** @param {(asked: Asked) => Promise<unknown>} work */
  async function run(work) {
    menu.hidePopover();
    try {
      await work(ask());
    } catch (error) {
      say(t("That did not work: {why}", { why: error instanceof Error ? error.message : String(error) }));
    }
  }

  /** @param {string} id @param {string} label @param {string} sub @param {(asked: Asked) => Promise<unknown>} work */
  function option(id, label, sub, work) {
    return h(
      "button",
      { type: "button", class: "option", id, click: () => void run(work) },
      h("span", { class: "option-name" }, label),
      h("span", { class: "muted" }, sub),
    );
  }

  /** @param {string} id @param {boolean} whole @param {string} label */
  function extent(id, whole, label) {
    return h(
      "button",
      {
        type: "button",
        id,
        "data-focus": id,
        "aria-pressed": String(chosen.whole === whole),
        click: () => {
          chosen.whole = whole;
          show();
        },
      },
      label,
    );
  }

  function show() {
    const { query, name } = ask();
    const command = commandOf(page.state?.host.machine_id ?? "", query, `${name}.svg`);
    const partly = page.view.view === "graph" && page.view.life === null;
    chosen.whole ||= !partly;
    const json =
      page.union && !chosen.mask
        ? t("the comparison, as its report tells it")
        : page.union
          ? t("the two states")
          : t("the state, as manage.py scan prints it");
    fill(
      menu,
      partly &&
        h(
          "div",
          { class: "segmented small download-extent", role: "group", "aria-label": t("How much of it") },
          extent("download-whole", true, t("All of it")),
          extent("download-sight", false, t("What is in sight")),
        ),
      h(
        "label",
        { class: "switch" },
        h("input", {
          type: "checkbox",
          id: "download-mask",
          "data-focus": "mask",
          checked: chosen.mask,
          change: (/** @type {Event} */ event) => {
            chosen.mask = /** @type {HTMLInputElement} */ (event.target).checked;
            show();
          },
        }),
        h("span", { class: "switch-name" }, t("Pseudonyms instead of names")),
      ),
      option("download-svg", "SVG", t("sharp at every size; its labels are text"), saveSvg),
      h(
        "div",
        { class: "download-scales", role: "group", "aria-label": "PNG" },
        SCALES.map((scale) =>
          h(
            "button",
            {
              type: "button",
              class: "button small",
              id: `download-png-${scale}`,
              click: () => void run(async (asked) => save(await drawPng(asked, scale), `${asked.name}.png`)),
            },
            `PNG ${scale}×`,
          ),
        ),
      ),
      option("download-copy", t("Copy the picture"), t("into the clipboard, as PNG"), copyImage),
      option("download-json", "JSON", json, saveJson),
      chosen.whole &&
        h(
          "div",
          { class: "download-command" },
          h("p", { class: "hint" }, t("The same picture in a terminal:")),
          h("pre", { class: "cmdline", id: "download-command" }, command),
          h(
            "button",
            { type: "button", class: "button small", id: "download-command-copy", click: () => void run(copyCommand) },
            t("Copy"),
          ),
        ),
    );
  }

  menu.addEventListener("beforetoggle", (event) => /** @type {ToggleEvent} */ (event).newState === "open" && show());
}

/** @param {import("../model/store.js").State} state @return {Told} */
const asTold = (state) => ({ seq: state.seq, state: toHostState(state) });
