/** The host chooser. */

import { counted } from "../model/words.js";
import { fill, h } from "../base/dom.js";
import { t } from "../base/i18n.js";

/** @typedef {import("../model/types.js").HostRow} HostRow */

/**
 * @param {import("../page/page.js").Page} page
 * @param {HTMLElement} element
 * @param {(id: string) => void} onChoose
 */
export function createHostChooser(page, element, onChoose) {
  page.on("hosts", () => show(element, page.hosts, page.view.host, onChoose));
}

/**
 * @param {HTMLElement} element
 * @param {HostRow[]} rows
 * @param {string|null} current
 * @param {(id: string) => void} onChoose
 */
function show(element, rows, current, onChoose) {
  const chosen = rows.find((row) => row.id === current);
  const menu = h(
    "div",
    { class: "menu", id: "host-menu", popover: "auto", role: "listbox", "aria-label": t("Hosts") },
    rows.map((row) => option(row, row.id === current, onChoose)),
  );
  const old = element.querySelector("#host-menu");
  if (old?.matches(":popover-open")) return; // do not change a list that is open
  fill(
    element,
    h(
      "button",
      {
        type: "button",
        class: "host-button",
        popovertarget: "host-menu",
        "aria-haspopup": "listbox",
        "data-focus": "host",
        disabled: rows.length === 0,
      },
      chosen?.imported && h("span", { class: "imported" }, t("imported")),
      h("span", { class: "host-name" }, chosen?.hostname ?? (rows.length ? t("Choose a host") : t("No host"))),
      rows.length > 1 && h("span", { class: "count" }, rows.length),
      h("span", { class: "caret", "aria-hidden": "true" }, "▾"),
    ),
    menu,
  );
}

/** @param {HostRow} row @param {boolean} current @param {(id: string) => void} onChoose */
function option(row, current, onChoose) {
  return h(
    "button",
    {
      type: "button",
      role: "option",
      class: "option",
      "aria-selected": current ? "true" : "false",
      click: () => {
        /** @type {any} */ (document.getElementById("host-menu"))?.hidePopover();
        onChoose(row.id);
      },
    },
    h(
      "span",
      { class: "option-name" },
      h("span", { class: row.imported ? "dot imported-dot" : row.stale ? "dot stale" : "dot fresh" }),
      row.hostname,
      row.imported && h("span", { class: "imported" }, t("imported")),
      row.agent?.age === "older" && h("span", { class: "imported" }, t("older agent")),
      row.agent?.age === "newer" && h("span", { class: "imported" }, t("newer agent")),
    ),
    h(
      "span",
      { class: "muted" },
      row.problem
        ? t("cannot be shown")
        : [
            counted(row.processes, "process", "processes"),
            counted(row.containers, "container"),
            `Linux ${row.kernel}`,
            sayAgent(row),
            sayOrigin(row),
          ]
            .filter(Boolean)
            .join(" · "),
    ),
  );
}

/** The version of the host's agent; agents of the first versions do not say it. @param {HostRow} row */
export function sayAgent({ agent }) {
  if (!agent) return "";
  return agent.version ? t("agent {version}", { version: agent.version }) : t("agent of an unknown version");
}

/** Where an imported host came from, or that a live one has not reported recently. @param {HostRow} row */
function sayOrigin({ imported, away, stale }) {
  if (!imported && away) return t("no recent report");
  if (!imported) return stale ? t("behind") : "";
  const day = imported.at.slice(0, 10);
  return imported.from ? t("imported {day} from {host}", { day, host: imported.from }) : t("imported {day}", { day });
}
