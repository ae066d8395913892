/** State and view options → the graph: nodes, links, groups, and the count of everything that is left out. Pure. */

import { ISOLATE_WORDS, counted } from "../../model/words.js";
import { cellsOf } from "./nodes.js";
import { gatherFacts, push } from "./units.js";
import { linkAllButPods, linkNamespaces } from "./hubs.js";
import { makePlan } from "./place-processes.js";
import { sectionsOf } from "./sections.js";
import { ownerTitle } from "../../model/sharing.js";
import { t } from "../../base/i18n.js";

export { ownerTitle, titleOf } from "../../model/sharing.js";

/**
 * @typedef {import("../../model/types.js").NamespaceType} NamespaceType
 * @typedef {import("./units.js").Facts} Facts
 * @typedef {import("./place-processes.js").Plan} Plan
 * @typedef {import("../../model/store.js").State} State
 * @typedef {import("../../model/sharing.js").Cell} Cell
 * @typedef {import("../../model/sharing.js").Sharing} Sharing
 *
 * @typedef {object} ViewOptions
 * @property {Set<NamespaceType>} off  types switched off
 * @property {Set<string>} open  what the reader opened: container ids, fold keys, "host"
 * @property {Set<string>} shut  containers the reader closed
 * @property {boolean} kernel  show kernel threads
 * @property {boolean} host  show host processes that live in the initial namespaces only
 * @property {boolean} initial  show the initial namespaces as hubs
 * @property {boolean} single  show namespaces of a single node as hubs
 * @property {boolean} direct  pairwise links instead of hubs, where they can be read
 * @property {import("../../model/grouping/groups.js").By} by  what decides which containers stand in one frame
 *
 * @typedef {"process"|"fold"|"card"|"crowd"|"hub"} NodeKind
 *
 * @typedef {object} GraphNode
 * @property {string} key
 * @property {NodeKind} kind
 * @property {string} unit  what it is laid out with: "host", a container id, or its own key
 * @property {boolean} inside  drawn inside its unit's box (a shim stands before it)
 * @property {number} depth  steps from the left end of its unit
 * @property {string} label
 * @property {string} [prefix]  what the names beside it begin with too
 * @property {string} sub
 * @property {import("../../model/types.js").Role|null} role
 * @property {Cell[]} cells  the strip or pills drawn with it
 * @property {string[]} members  keys of the processes it stands for
 * @property {string[]} spaces  keys of the namespaces it stands for (hubs)
 * @property {NamespaceType[]} types
 *
 * @typedef {object} GraphLink
 * @property {string} source  key of a node; of a shared link, of a node or a group
 * @property {string} target  key of a node or of a group
 * @property {"parent"|"runtime"|"member"|"shared"} kind  a member link joins a hub to who lives there, a shared link
 *   two who share
 * @property {NamespaceType[]} types  of a member or shared link
 * @property {boolean} across  it leaves its unit
 *
 * @typedef {object} Group
 * @property {string} key  "host" or a container id
 * @property {string} title
 * @property {string} [prefix]  what the names beside it begin with too
 * @property {string} sub
 * @property {Cell[]} cells
 * @property {string[]} nodes
 *
 * @typedef {object} Hidden  how many are left out
 * @property {number} kernel  kernel threads
 * @property {number} host  host processes in the initial namespaces only
 * @property {number} collapsed  processes in closed containers
 * @property {number} folded  processes in folds
 * @property {number} types  namespace types that are switched off
 * @property {number} single  namespaces of a single node
 * @property {number} initial  initial namespaces
 * @property {number} direct  links that were too many to be drawn
 *
 * @typedef {object} Graph
 * @property {GraphNode[]} nodes
 * @property {GraphLink[]} links
 * @property {Group[]} groups
 * @property {import("./sections.js").Section[]} sections
 * @property {Hidden} hidden
 * @property {boolean} large
 * @property {Map<string, string>} nodeOf  process key → key of the node that shows it
 * @property {Map<string, string>} hubOf  namespace key → key of the hub that shows it
 * @property {Sharing} sharing
 */

/** @return {ViewOptions} */
export function defaultOptions() {
  return {
    off: new Set(),
    open: new Set(),
    shut: new Set(),
    kernel: false,
    host: false,
    initial: false,
    single: false,
    direct: false,
    by: "project",
  };
}

/**
 * Cost: a few passes over the processes; 10,000 of them take some ten milliseconds.
 * @param {State} state
 * @param {ViewOptions} options
 * @param {boolean} [headed]  whether the frame of a pod carries what its containers share, instead of hubs
 * @return {Graph}
 */
export function buildGraph(state, options, headed = false) {
  const facts = gatherFacts(state, options);
  const { plan, large } = makePlan(facts);
  const carried = headed ? linkAllButPods(facts, plan) : new Map();
  if (!headed) linkNamespaces(facts, plan);
  const { nodes, links, hidden, nodeOf, hubOf } = plan;
  const groups = groupsOf(facts, plan);
  const sections = sectionsOf(facts, plan, carried);
  return { nodes, links, groups, sections, hidden, large, nodeOf, hubOf, sharing: facts.sharing };
}

/** @param {Facts} facts @param {Plan} plan @return {Group[]} */
function groupsOf(facts, plan) {
  /** @type {Map<string, string[]>} */
  const units = new Map();
  for (const node of plan.nodes)
    if (node.kind !== "card" && node.unit !== node.key && node.inside) push(units, node.unit, node.key);
  return [...units].map(([key, nodes]) => {
    if (key === "host") return { key, title: t("Host"), sub: facts.state.host.hostname, cells: [], nodes };
    const isolate = facts.sharing.isolateOf.get(key);
    const sub = isolate ? ISOLATE_WORDS[isolate.kind] : (facts.state.containers.get(key)?.image ?? "");
    const title = ownerTitle(facts.state, facts.sharing, key);
    return { key, title, prefix: facts.prefixes.get(key), sub, cells: cellsOf(facts, key), nodes };
  });
}

/**
 * What is left out, in words; empty where nothing is.
 * @param {Hidden} hidden
 * @return {{what: string, text: string}[]}
 */
export function sayHidden(hidden) {
  const parts = [
    { what: "host", count: hidden.host, text: counted(hidden.host, "host process", "host processes") },
    { what: "kernel", count: hidden.kernel, text: counted(hidden.kernel, "kernel thread") },
    {
      what: "collapsed",
      count: hidden.collapsed,
      text: t("{processes} in closed boxes", { processes: counted(hidden.collapsed, "process", "processes") }),
    },
    {
      what: "folded",
      count: hidden.folded,
      text: t("{processes} in folds", { processes: counted(hidden.folded, "process", "processes") }),
    },
    { what: "types", count: hidden.types, text: counted(hidden.types, "namespace type") },
  ];
  return parts.filter((part) => part.count > 0);
}
