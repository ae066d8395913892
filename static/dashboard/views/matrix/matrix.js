/**
 * The matrix: containers against the eight namespace types. Each cell says what a container has to itself, shares, or
 * has from the host, and whether that was declared. Pure.
 */

import { TYPES } from "../../model/types.js";
import { differingDeclaration } from "./declared.js";
import { heldBy, shortName } from "../../model/confinement.js";
import { findSharing, isInitial, isUnknown, ownerOf, setOfContainer, strip } from "../../model/sharing.js";
import { leftOf } from "../../model/left.js";
import { push } from "../../base/lists.js";

/**
 * @typedef {import("../../model/types.js").NamespaceType} NamespaceType
 * @typedef {import("../../model/types.js").Process} Process
 * @typedef {import("../../model/types.js").Container} Container
 * @typedef {import("../../model/store.js").State} State
 * @typedef {import("../../model/sharing.js").Sharing} Sharing
 * @typedef {import("../../model/sharing.js").How} How
 *
 * @typedef {object} Standing  how a row stands to the namespaces of one type
 * @property {NamespaceType} type
 * @property {string|null} key  of the namespace
 * @property {How|"none"} how  `none`: no process lives in it
 *
 * @typedef {object} CellFacts
 * @property {string[]} others  who else lives in it: container ids, groups, "" for processes of the host
 * @property {import("./declared.js").Declared|null} declared  what was declared, where that is not what is observed
 * @property {import("../../model/left.js").Left|null} left  who has left it, where that one was to share it
 * @property {number} strays  processes of the row that live in another namespace of this type
 * @property {number} [guests]  processes in it that entered it, and do not belong to the container
 * @property {{how: How|"none", key: string|null}|null} was  in a comparison: what it was before, where that differs
 *
 * @typedef {Standing & CellFacts} MatrixCell
 *
 * @typedef {object} MatrixRow
 * @property {string} key  container id; or for what is not in a container its group, or its process
 * @property {Container|null} container
 * @property {Process|null} first  the topmost process of a row without a container
 * @property {import("../../model/isolation/isolated.js").Isolate|null} [isolate]  what it is isolated as, without a container
 * @property {number} processes
 * @property {MatrixCell[]} cells  in the order of the types
 * @property {Rights|null} rights  null: no engine reports them
 * @property {import("../../model/comparison.js").Fate|null} fate
 *
 * @typedef {object} Rights  what was declared, and how it differs from what is so
 * @property {boolean} privileged
 * @property {string[]} added
 * @property {string[]} dropped
 * @property {import("../../model/confinement.js").Held|null} held  null: not known
 */

/**
 * The rows of one state, in no special order: containers, then what has namespaces of its own outside them.
 * @param {State} state
 * @param {Sharing} [sharing]
 * @return {MatrixRow[]}
 */
export function buildMatrix(state, sharing = findSharing(state)) {
  /** @type {Map<string, Process[]>} */
  const members = new Map([...state.containers.keys()].map((id) => [id, []]));
  for (const process of state.processes.values()) {
    const owner = rowOwner(state, sharing, process);
    if (owner) push(members, owner, process);
  }
  return [...members].map(([key, processes]) => rowOf(state, sharing, key, processes));
}

/**
 * The row that a process belongs to: its container, its group, or its own; "" where it has nothing but the host's.
 * @param {State} state
 * @param {Sharing} sharing
 * @param {Process} process
 */
export function rowOwner(state, sharing, process) {
  const owner = ownerOf(sharing, process);
  if (owner) return owner;
  return isInitial(state, process.namespaces) || isUnknown(process.namespaces) ? "" : process.key;
}

/**
 * @param {State} state
 * @param {Sharing} sharing
 * @param {string} key
 * @param {Process[]} processes
 * @return {MatrixRow}
 */
function rowOf(state, sharing, key, processes) {
  const container = state.containers.get(key) ?? null;
  const owner = container || key.startsWith("group:") ? key : (processes[0]?.container ?? "");
  const set = setOfContainer(state, key, processes);
  const standings = set ? strip(state, sharing, set, owner) : NOWHERE;
  return {
    key,
    container,
    first: container ? null : (sharing.firstOf.get(key) ?? processes[0] ?? null),
    isolate: container ? null : (sharing.isolateOf.get(key) ?? null),
    processes: processes.length,
    cells: standings.map((standing) => ({
      ...standing,
      others: othersIn(sharing, standing, owner),
      declared: container ? differingDeclaration(state, container, standing) : null,
      left:
        leftOf(state)
          .get(key)
          ?.find(({ type }) => type === standing.type) ?? null,
      strays: countStrays(processes, standing),
      guests: countGuests(state, key, standing),
      was: null,
    })),
    rights: rightsOf(state, container, processes),
    fate: null,
  };
}

/** A container without a process. @type {Standing[]} */
const NOWHERE = TYPES.map((type) => ({ type, key: null, how: "none" }));

/** @param {Sharing} sharing @param {Standing} standing @param {string} owner */
function othersIn(sharing, { how, key }, owner) {
  if (how !== "shared") return [];
  return [...(sharing.owners.get(key ?? "") ?? [])].filter((other) => other !== owner).sort();
}

/** @param {Process[]} processes @param {Standing} standing */
function countStrays(processes, { type, key }) {
  if (key === null) return 0;
  return processes.filter(({ namespaces }) => namespaces[type] !== null && namespaces[type] !== key).length;
}

/** @param {State} state @param {string} key  of the row @param {Standing} standing */
function countGuests(state, key, { type, key: namespace }) {
  if (namespace === null) return 0;
  let count = 0;
  for (const { entered, namespaces } of state.processes.values())
    if (entered === key && namespaces[type] === namespace) count += 1;
  return count;
}

/** @param {State} state @param {Container|null} container @param {Process[]} processes @return {Rights|null} */
function rightsOf(state, container, processes) {
  if (!container?.declared) return null;
  const { privileged, cap_add, cap_drop } = container.declared;
  const [added, dropped] = [cap_add ?? [], cap_drop ?? []].map((names) => names.map(shortName));
  return { privileged, added, dropped, held: heldBy(state, container, processes) };
}
