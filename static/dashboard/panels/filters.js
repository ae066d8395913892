/** The left rail: the eight types with switches and counts, what else is shown, and what the signs mean. */

import { LETTERS, TYPE_WORDS, counted } from "../words.js";
import { TYPES } from "../shapes.js";
import { fill, h } from "../dom.js";
import { cellMark, section, typeMark } from "./pieces.js";

/**
 * @typedef {import("../graph.js").Graph} Graph
 * @typedef {import("../graph.js").ViewOptions} ViewOptions
 * @typedef {import("../store.js").State} State
 */

/** @param {HTMLElement} element @param {State} state @param {Graph} graph @param {ViewOptions} options @param {() => void} onChange */
export function showFilters(element, state, graph, options, onChange) {
  const counts = countTypes(state);
  fill(
    element,
    section("Namespace types", h("div", { class: "switches" }, TYPES.map((type) => typeSwitch(type, counts[type], options, onChange)))),
    section(
      "Also show",
      h("div", { class: "switches" },
        toggle("host", "Host processes", graph.hidden.host ? graph.hidden.host : null, options, onChange),
        toggle("kernel", "Kernel threads", graph.hidden.kernel ? graph.hidden.kernel : null, options, onChange),
        toggle("initial", "The host’s namespaces", null, options, onChange),
        toggle("single", "Unshared namespaces", graph.hidden.single ? graph.hidden.single : null, options, onChange)),
    ),
    legend(),
  );
}

/** @param {State} state @return {Record<string, {all: number, own: number}>} */
export function countTypes(state) {
  const counts = Object.fromEntries(TYPES.map((type) => [type, { all: 0, own: 0 }]));
  for (const space of state.namespaces.values()) {
    counts[space.type].all += 1;
    if (!space.initial) counts[space.type].own += 1;
  }
  return counts;
}

/** @param {import("../shapes.js").NamespaceType} type @param {{all: number, own: number}} count @param {ViewOptions} options @param {() => void} onChange */
function typeSwitch(type, count, options, onChange) {
  const words = `${TYPE_WORDS[type].name} (${type}): isolates ${TYPE_WORDS[type].isolates}. ${counted(count.own, "namespace")} besides the host’s.`;
  const input = h("input", { type: "checkbox", "data-focus": `type:${type}`, "data-type": type, change: () => {
    if (options.off.has(type)) options.off.delete(type);
    else options.off.add(type);
    onChange();
  } });
  input.checked = !options.off.has(type);
  return h("label", { class: "switch", title: words }, input, typeMark(type), h("span", { class: "switch-name" }, TYPE_WORDS[type].name), h("span", { class: "count" }, count.own));
}

/** @param {"host"|"kernel"|"initial"|"single"} name @param {string} label @param {number|null} hidden @param {ViewOptions} options @param {() => void} onChange */
function toggle(name, label, hidden, options, onChange) {
  const input = h("input", { type: "checkbox", "data-focus": `show:${name}`, "data-show": name, change: () => {
    options[name] = !options[name];
    onChange();
  } });
  input.checked = options[name];
  return h("label", { class: "switch" }, input, h("span", { class: "switch-name" }, label), hidden !== null && h("span", { class: "count" }, hidden));
}

function legend() {
  const sign = (/** @type {"own"|"shared"|"host"} */ how, /** @type {string} */ text) => h("li", null, cellMark({ type: "net", key: null, how }), text);
  const shape = (/** @type {string} */ name, /** @type {string} */ text) => h("li", null, h("span", { class: `shape ${name}`, "aria-hidden": "true" }), text);
  return section(
    "Legend",
    h("ul", { class: "legend" },
      sign("own", "its own namespace"),
      sign("shared", "shared with others"),
      sign("host", "the host’s")),
    h("ul", { class: "legend two" },
      shape("daemon", "daemon"),
      shape("manager", "manager"),
      shape("shim", "shim"),
      shape("init", "init"),
      shape("exec", "exec"),
      shape("proxy", "proxy")),
    h("ul", { class: "legend" },
      shape("line-parent", "started by (parent)"),
      shape("line-runtime", "managed by (runtime)"),
      shape("line-member", "lives in the namespace")),
    h("p", { class: "hint" }, TYPES.map((type) => `${LETTERS[type]} ${type}`).join(" · ")),
  );
}
