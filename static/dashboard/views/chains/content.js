/** What a row of the tree says: the process, its role, the container that begins there, and its namespaces. */

import { visibleName } from "../../base/visible.js";
import { LIFE_WORDS, ROLE_WORDS } from "../../model/words.js";
import { changeMarks } from "./changes.js";
import { explainRole } from "./roles.js";
import { h } from "../../base/dom.js";
import { sayCommand, sayGroup, sayStepCommand } from "./words.js";
import { sayRun } from "../../model/field-text.js";
import { typesEntered } from "../../model/sharing.js";
import { t } from "../../base/i18n.js";
import { titleOf } from "../graph/graph.js";
import { shortId } from "../../base/short-name.js";

/**
 * @typedef {import("../../base/dom.js").Child} Child
 * @typedef {import("../../page/page.js").Page} Page
 * @typedef {import("../../model/types.js").Process} Process
 * @typedef {import("./tree.js").Step} Step
 * @typedef {import("./rows.js").Row} Row
 */

/** @param {Page} page @param {Row} row @param {boolean} explains  whether it explains its role @return {Child[]} */
export function contentOf(page, { step, expanded }, explains) {
  if (step.kind === "host" || step.kind === "idle") return headingOf(step);
  if (step.kind === "container")
    return [containerChip(page, step), h("span", { class: "step-text" }, step.container && sayRun(step.container))];
  if (!step.process) return [];
  const closed = step.kind !== "alike" && expanded === false;
  return [
    ...nameOf(step, step.process),
    roleMark(step, step.process),
    lifeMark(step.process),
    enteredMark(page, step.process),
    step.container && containerChip(page, step),
    ...changeMarks(page, step),
    closed && h("span", { class: "below" }, t("+{count} below", { count: step.size })),
    explains
      ? h("span", { class: "step-text explains" }, explainRole(step))
      : h(
          "span",
          { class: "step-text command", title: sayCommand(step.process.cmdline) },
          sayStepCommand(step.process),
        ),
  ];
}

/** @param {Step} step  `host` or `idle` @return {Child[]} */
function headingOf({ kind, size }) {
  const [title, text] = sayGroup(kind, size);
  return [h("strong", { class: "step-title" }, title), h("span", { class: "step-text" }, text)];
}

/** @param {Step} step @param {Process} process @return {Child[]} */
function nameOf({ kind, children }, process) {
  const { role, comm, nspid, pid } = process;
  const last = kind === "alike" ? children.at(-1)?.process : null;
  const title = nspid.length > 1 ? t("pid on the host, and inside") : t("pid on the host");
  const times = kind === "alike" && h("span", { class: "times" }, ` ×${children.length}`);
  return [
    h("span", { class: `shape ${role && role !== "child" ? role : "plain"}`, "aria-hidden": "true" }),
    h("span", { class: "step-name" }, visibleName(comm), times),
    h("span", { class: "step-pids", title }, nspid.length ? nspid.join(" › ") : pid, last && ` … ${last.pid}`),
  ];
}

/** @param {Step} step @param {Process} process @return {Child} */
function roleMark(step, { role }) {
  return role && h("span", { class: "role", title: explainRole(step) }, ROLE_WORDS[role].name);
}

/** @param {Process} process @return {Child} */
function lifeMark({ state }) {
  return state && state in LIFE_WORDS && h("span", { class: "role", title: LIFE_WORDS[state] }, state);
}

/** @param {Page} page @param {Process} process @return {Child} */
function enteredMark({ state }, process) {
  if (!state || !process.entered) return null;
  const [name, types] = [titleOf(state, process.entered), typesEntered(state, process).join(" ")];
  const title = t("In namespaces of {name} without belonging to it", { name });
  return h("span", { class: "role", title }, t("in {name}: {types}", { name, types }));
}

/** The container that begins at a step, as a button that selects it. @param {Page} page @param {Step} step */
function containerChip(page, { container }) {
  if (!container) return null;
  const { id, image } = container;
  const title = page.state ? titleOf(page.state, id) : shortId(id);
  const props = {
    type: "button",
    class: page.view.selected === id ? "chip-button selected" : "chip-button",
    tabindex: "-1",
    title: t("Container {name}", { name: title }),
    click: (/** @type {Event} */ event) => {
      event.stopPropagation();
      page.select(id);
    },
  };
  return h(
    "span",
    { class: "step-container" },
    h("button", props, title),
    image && h("span", { class: "image" }, image),
  );
}
