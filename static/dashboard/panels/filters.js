/** The filters: a switch and a count for each namespace type, what else is shown, and the legend. */

import { HOW_WORDS, LETTERS, ROLE_WORDS, TYPE_WORDS, VIA_WORDS, sayType } from "../model/words.js";
import { plural, t } from "../base/i18n.js";
import { groupingLabels, readBy } from "../model/grouping/groups.js";
import { TYPES } from "../model/types.js";
import { WHATS, WHAT_WORDS } from "../model/usage.js";
import { fill, h } from "../base/dom.js";
import { cellMark, section, typeMark } from "../widgets/pieces.js";

/**
 * @typedef {import("../views/graph/graph.js").Graph} Graph
 * @typedef {import("../views/graph/graph.js").ViewOptions} ViewOptions
 * @typedef {import("../model/store.js").State} State
 * @typedef {import("../model/usage.js").What} What
 *
 * @typedef {object} Filling  the usage that shades the containers
 * @property {What|null} by
 * @property {boolean} known  whether it is known what containers use
 * @property {(by: What|null) => void} choose
 */

const ROLES = /** @type {const} */ (["daemon", "manager", "shim", "init", "exec", "proxy"]);

/**
 * @param {HTMLElement} element
 * @param {State} state
 * @param {Graph} graph
 * @param {ViewOptions} options
 * @param {() => void} onChange
 * @param {Filling} filling
 */
export function showFilters(element, state, graph, options, onChange, filling) {
  const counts = countTypes(state);
  fill(
    element,
    section(
      t("Namespace types"),
      h(
        "div",
        { class: "switches" },
        TYPES.map((type) => typeSwitch(type, counts[type], options, onChange)),
      ),
    ),
    section(
      t("Also show"),
      h(
        "div",
        { class: "switches" },
        toggle("host", t("Host processes"), graph.hidden.host ? graph.hidden.host : null, options, onChange),
        toggle("kernel", t("Kernel threads"), graph.hidden.kernel ? graph.hidden.kernel : null, options, onChange),
        toggle("initial", t("The host’s namespaces"), null, options, onChange),
        toggle("single", t("Unshared namespaces"), graph.hidden.single ? graph.hidden.single : null, options, onChange),
        toggle("direct", t("Draw pairwise links"), null, options, onChange),
        options.direct &&
          graph.hidden.direct > 0 &&
          h(
            "p",
            { class: "hint", id: "direct-hint" },
            plural(
              graph.hidden.direct,
              "{count} link would be too many to read: a hub stands for it.",
              "{count} links would be too many to read: hubs stand for them.",
            ),
          ),
      ),
    ),
    groupChoice(state, options, onChange),
    fillChoice(filling),
    legend(),
  );
}

/**
 * The choice of what containers are grouped by.
 * @param {State} state
 * @param {ViewOptions} options
 * @param {() => void} onChange
 */
function groupChoice(state, options, onChange) {
  const option = (/** @type {string} */ value, /** @type {string} */ text) => h("option", { value }, text);
  const labels = groupingLabels(state.containers.values());
  const select = h(
    "select",
    { id: "group-by", "data-focus": "by", "aria-label": t("Group by") },
    option("project", t("project or pod")),
    option("engine", t("engine")),
    option("none", t("nothing")),
    labels.map((label) => option(`label:${label}`, t("label {name}", { name: label }))),
  );
  select.value = options.by;
  select.addEventListener("change", () => {
    options.by = readBy(select.value);
    onChange();
  });
  return section(t("Group by"), select);
}

/** The choice of the usage that shades the boxes of containers. @param {Filling} filling */
function fillChoice({ by, known, choose }) {
  const button = (/** @type {What|null} */ what) =>
    h(
      "button",
      {
        type: "button",
        "data-fill": what ?? "",
        "data-focus": `fill:${what ?? ""}`,
        "aria-pressed": String(by === what),
        click: () => choose(what),
      },
      what === null ? t("Nothing") : t(WHAT_WORDS[what]),
    );
  const sign = (/** @type {string} */ name, /** @type {string} */ text) =>
    h("li", null, h("span", { class: `fill-sign ${name}`, "aria-hidden": "true" }), text);
  return section(
    t("Shade by usage"),
    h(
      "div",
      { class: "segmented small fills", role: "group", "aria-label": t("Shade by usage") },
      button(null),
      WHATS.map(button),
    ),
    by !== null &&
      (known
        ? h(
            "ul",
            { class: "legend" },
            sign("limited", t("of its limit")),
            sign("full", t("more than 90% of it")),
            sign("unlimited", t("no limit: shown relative to the largest")),
          )
        : h("p", { class: "hint" }, t("Only live usage shades the boxes."))),
  );
}

/** @param {State} state @return {Record<string, {all: number, own: number}>} */
export function countTypes(state) {
  const counts = Object.fromEntries(TYPES.map((type) => [type, { all: 0, own: 0 }]));
  for (const namespace of state.namespaces.values()) {
    counts[namespace.type].all += 1;
    if (!namespace.initial) counts[namespace.type].own += 1;
  }
  return counts;
}

/**
 * @param {import("../model/types.js").NamespaceType} type
 * @param {{all: number, own: number}} count
 * @param {ViewOptions} options
 * @param {() => void} onChange
 */
function typeSwitch(type, count, options, onChange) {
  const others = plural(count.own, "{count} namespace besides the host’s.", "{count} namespaces besides the host’s.");
  const input = h("input", {
    type: "checkbox",
    "data-focus": `type:${type}`,
    "data-type": type,
    change: () => {
      if (options.off.has(type)) options.off.delete(type);
      else options.off.add(type);
      onChange();
    },
  });
  input.checked = !options.off.has(type);
  return h(
    "label",
    { class: "switch", title: `${sayType(type)} ${others}` },
    input,
    typeMark(type),
    h("span", { class: "switch-name" }, TYPE_WORDS[type].name),
    h("span", { class: "count" }, count.own),
  );
}

/**
 * @param {"host"|"kernel"|"initial"|"single"|"direct"} name
 * @param {string} label
 * @param {number|null} hidden
 * @param {ViewOptions} options
 * @param {() => void} onChange
 */
function toggle(name, label, hidden, options, onChange) {
  const input = h("input", {
    type: "checkbox",
    "data-focus": `show:${name}`,
    "data-show": name,
    change: () => {
      options[name] = !options[name];
      onChange();
    },
  });
  input.checked = options[name];
  return h(
    "label",
    { class: "switch" },
    input,
    h("span", { class: "switch-name" }, label),
    hidden !== null && h("span", { class: "count" }, hidden),
  );
}

function legend() {
  const sign = (/** @type {"own"|"shared"|"host"} */ how, /** @type {string} */ text) =>
    h("li", null, cellMark({ type: "net", key: null, how }), text);
  const shape = (/** @type {string} */ name, /** @type {string} */ text, /** @type {string} */ help) =>
    h("li", { title: help }, h("span", { class: `shape ${name}`, "aria-hidden": "true" }), text);
  return section(
    t("Legend"),
    h(
      "ul",
      { class: "legend" },
      sign("own", t("its own namespace")),
      sign("shared", HOW_WORDS.shared),
      sign("host", HOW_WORDS.host),
    ),
    h(
      "ul",
      { class: "legend two" },
      ROLES.map((role) => shape(role, ROLE_WORDS[role].name, ROLE_WORDS[role].does)),
    ),
    h(
      "ul",
      { class: "legend" },
      shape("line-parent", t("started by (parent)"), VIA_WORDS.parent),
      shape("line-runtime", t("managed by (runtime)"), VIA_WORDS.runtime),
      shape(
        "line-member",
        t("lives in the namespace"),
        t("It shares what this namespace isolates with everything else that lives in it."),
      ),
    ),
    h(
      "ul",
      { class: "legend letters" },
      TYPES.map((type) => h("li", { title: sayType(type) }, h("b", null, LETTERS[type]), type)),
    ),
  );
}
