/** The download menu: what the page shows as a picture, in the clipboard, as data, or as a command for a terminal. */

import { commandOf } from "../../picture/draw-command.js";
import { createPictureClient } from "../../picture/client.js";
import { rasterise } from "../../picture/png.js";
import { h } from "../../base/dom.js";
import { maskStates } from "../../picture/pseudonyms.js";
import { showDownloadMenu } from "./menu.js";
import { t, tag } from "../../base/i18n.js";
import { toHostState } from "../../model/store.js";
import { toQuery } from "../../address/view-query.js";

/**
 * @typedef {import("../../page/page.js").Page} Page
 * @typedef {import("../../page/time-travel.js").TimeTravel} TimeTravel
 * @typedef {import("../../model/store.js").State} State
 * @typedef {import("../../picture/frame/frame.js").Viewport} Viewport
 * @typedef {{seq: number, state: import("../../model/types.js").HostState}} Taken
 *
 * @typedef {object} Wanted  what is to be downloaded
 * @property {number[]} seqs  the moments that are shown
 * @property {string} query  the page's address with the moments in it, and how the picture looks
 * @property {string} name  of the file
 * @property {Viewport|null} viewport
 * @property {() => Taken[]|Promise<Taken[]>} states
 *
 * @typedef {{workerUrl: string, viewport: () => Viewport|null, say: (text: string) => void}} Surroundings
 */

/** @param {Page} page @param {TimeTravel} timeTravel @param {HTMLElement} menu @param {Surroundings} surroundings */
export function createDownload(page, timeTravel, menu, surroundings) {
  return new Download(page, timeTravel, menu, surroundings);
}

class Download {
  #whole = true;
  #mask = false;
  /** The command that the menu shows. */
  #command = "";

  /** @param {Page} page @param {TimeTravel} timeTravel @param {HTMLElement} menu @param {Surroundings} surroundings */
  constructor(page, timeTravel, menu, { workerUrl, viewport, say }) {
    this.page = page;
    this.timeTravel = timeTravel;
    this.menu = menu;
    this.viewport = viewport;
    this.say = say;
    this.client = createPictureClient(workerUrl);
    menu.addEventListener("beforetoggle", (event) => {
      if (/** @type {ToggleEvent} */ (event).newState === "open") this.#show();
    });
  }

  #show() {
    const { state, view } = this.page;
    const { query, name } = this.#want();
    const partly = view.view === "graph" && view.life === null;
    this.#whole ||= !partly;
    this.#command = commandOf(state?.host.machine_id ?? "", query, `${name}.svg`);
    showDownloadMenu(
      this.menu,
      {
        partly,
        whole: this.#whole,
        mask: this.#mask,
        textual: partly && this.#whole,
        jsonContent: this.#sayJson(),
        command: this.#command,
      },
      this.#handlers(),
    );
  }

  #sayJson() {
    if (!this.page.union) return t("the state, as manage.py scan prints it");
    return this.#mask ? t("the two states") : t("the report of the comparison");
  }

  /** @return {import("./menu.js").MenuHandlers} */
  #handlers() {
    return {
      onExtent: (whole) => {
        this.#whole = whole;
        this.#show();
      },
      onMask: (mask) => {
        this.#mask = mask;
        this.#show();
      },
      onSvg: () => void this.#run((wanted) => this.#saveSvg(wanted)),
      onPng: (scale) => void this.#run((wanted) => this.#savePng(wanted, scale)),
      onText: (form) => void this.#run((wanted) => this.#saveText(wanted, form)),
      onCopy: () => void this.#run((wanted) => this.#copyPicture(wanted)),
      onJson: () => void this.#run((wanted) => this.#saveJson(wanted)),
      onCopyCommand: () => void this.#run(() => this.#copyCommand()),
    };
  }

  /** @param {(wanted: Wanted) => Promise<unknown>} work */
  async #run(work) {
    this.menu.hidePopover();
    try {
      await work(this.#want());
    } catch (error) {
      this.say(t("That did not work: {why}", { why: error instanceof Error ? error.message : String(error) }));
    }
  }

  /** What is wanted now: a live page changes while its picture is drawn. @return {Wanted} */
  #want() {
    const { arrived, state } = this.page;
    const shown = arrived?.states ?? (state ? [state] : []);
    const seqs = shown.map(({ seq }) => seq);
    const host = this.#mask ? "host-1" : (state?.host.hostname ?? "host");
    return {
      seqs,
      query: this.#queryAt(seqs),
      name: `${fileNameOf(host)}-${seqs.join("-")}`,
      viewport: this.#whole ? null : this.viewport(),
      states: () => (arrived ? shown.map(asTaken) : this.#recorded(shown)),
    };
  }

  /** @param {number[]} seqs */
  #queryAt(seqs) {
    const { view, theme } = this.page;
    const [at, from, to] = seqs.length > 1 ? [null, ...seqs] : [seqs[0] ?? null, null, null];
    const query = new URLSearchParams(toQuery({ ...view, host: null, life: null, kiosk: null, at, from, to }));
    query.set("theme", theme?.name ?? "light");
    query.set("lang", tag());
    if (this.#mask) query.set("mask", "1");
    return query.toString();
  }

  /** A live state as history holds it, since the page's own state may have changed. @param {State[]} states */
  async #recorded([state]) {
    if (!state) return [];
    const taken = asTaken(state);
    const recorded = await this.timeTravel.api?.state(taken.seq).catch(() => null);
    return [{ ...taken, state: recorded?.whole ?? taken.state }];
  }

  /** @param {Wanted} wanted */
  async #drawSvg({ states, query, viewport }) {
    return this.client.draw({ states: await states(), query, viewport });
  }

  /**
   * The server draws the whole picture, with the same bytes as the command; this browser draws what is in view, and
   * draws everything where the server cannot.
   * @param {Wanted} wanted
   * @param {number} scale
   */
  async #drawPng(wanted, scale) {
    const url = this.timeTravel.api?.pictureUrl("png", `${wanted.query}&scale=${scale}`);
    const answer = !wanted.viewport && url ? await fetch(url, { credentials: "same-origin" }).catch(() => null) : null;
    return answer?.ok ? answer.blob() : rasterise(await this.#drawSvg(wanted), scale);
  }

  /** @param {Wanted} wanted @param {number} scale */
  async #savePng(wanted, scale) {
    save(await this.#drawPng(wanted, scale), `${wanted.name}.png`);
  }

  /** @param {Wanted} wanted */
  async #saveSvg(wanted) {
    const { svg } = await this.#drawSvg(wanted);
    save(new Blob([svg], { type: "image/svg+xml" }), `${wanted.name}.svg`);
  }

  /** The server writes pictures as text. @param {Wanted} wanted @param {string} form */
  async #saveText({ query, name }, form) {
    const answer = await fetch(this.timeTravel.api?.pictureUrl(form, query) ?? "", { credentials: "same-origin" });
    if (!answer.ok) throw new Error(String((await answer.json().catch(() => ({}))).detail ?? answer.status));
    save(await answer.blob(), `${name}.${form}`);
  }

  /** @param {Wanted} wanted */
  async #saveJson(wanted) {
    const text = JSON.stringify(await this.#data(wanted), null, 1);
    save(new Blob([text], { type: "application/json" }), `${wanted.name}.json`);
  }

  /** The report of a comparison, or the states. @param {Wanted} wanted */
  async #data({ seqs: [from, to], states }) {
    if (to !== undefined && !this.#mask) return this.timeTravel.api?.report(from, to);
    const found = (await states()).map(({ state }) => state);
    const shown = this.#mask ? maskStates(found) : found;
    return shown.length > 1 ? { before: shown[0], after: shown[1] } : shown[0];
  }

  /**
   * The clipboard takes a promise: a write after the drawing would no longer belong to the click.
   * @param {Wanted} wanted
   */
  async #copyPicture(wanted) {
    const png = this.#drawSvg(wanted).then((picture) => rasterise(picture, 2));
    await navigator.clipboard.write([new ClipboardItem({ "image/png": png })]);
    this.say(t("The picture is copied."));
  }

  async #copyCommand() {
    await navigator.clipboard.writeText(this.#command);
    this.say(t("The command is copied."));
  }
}

/** @param {Blob} blob @param {string} name */
function save(blob, name) {
  const url = URL.createObjectURL(blob);
  h("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

/** A host's name as part of a file's name. @param {string} host */
function fileNameOf(host) {
  const name = host.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, "-");
  return name.replace(/^-|-$/g, "") || "host";
}

/** @param {State} state @return {Taken} */
const asTaken = (state) => ({ seq: state.seq, state: toHostState(state) });
