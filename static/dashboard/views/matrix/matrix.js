/** Containers against the eight types: what each has to itself, shares, or has from the host; and whether that is what was asked for. Pure. */

import { TYPES } from "../../model/types.js";
import { findSharing, isInitial, isUnknown, ownerOf, setOfContainer, strip } from "../../model/sharing.js";

/**
 * @typedef {import("../../model/types.js").NamespaceType} NamespaceType
 * @typedef {import("../../model/types.js").NamespaceSet} NamespaceSet
 * @typedef {import("../../model/types.js").Process} Process
 * @typedef {import("../../model/types.js").Container} Container
 * @typedef {import("../../model/store.js").State} State
 * @typedef {import("../../model/sharing.js").Sharing} Sharing
 * @typedef {import("../../model/sharing.js").How} How
 * @typedef {import("../../address/view-query.js").Order} Order
 * @typedef {import("../../model/comparison.js").Fate} Fate
 *
 * @typedef {object} MatrixCell
 * @property {NamespaceType} type
 * @property {string|null} key
 * @property {How|"none"} how  `none`: no process lives in it
 * @property {string[]} others  who else lives in it: container ids, groups, "" for processes of the host
 * @property {Declared|null} declared  what was asked for, where it is not what is observed
 * @property {number} strays  processes of the row that live in another namespace of this type
 * @property {{how: How|"none", key: string|null}|null} was  in a comparison: what it was before, where it is another now
 *
 * @typedef {{field: string, value: string}} Declared
 *
 * @typedef {object} MatrixRow
 * @property {string} key  container id; or for what is not in a container its group, or its process
 * @property {Container|null} container
 * @property {Process|null} first  the process that a row without a container is named after
 * @property {number} processes
 * @property {MatrixCell[]} cells  in the order of the types
 * @property {Rights|null} rights  null: no engine told us
 * @property {Fate|null} fate
 *
 * @typedef {{privileged: boolean, added: string[], dropped: string[]}} Rights
 */

/** What a container has to itself unless told otherwise. @type {readonly NamespaceType[]} */
export const ISOLATED = ["mnt", "uts", "ipc", "pid", "net"];
const FIELD_OF = /** @type {Partial<Record<NamespaceType, "network"|"pid"|"ipc"|"uts"|"userns"|"cgroupns">>} */ ({
  net: "network",
  pid: "pid",
  ipc: "ipc",
  uts: "uts",
  user: "userns",
  cgroup: "cgroupns",
});
const ONE_BY_ONE = 400; // up to so many rows of one cluster are put each beside the row most like it

/** The rows of one state, in no special order: containers, then what has namespaces of its own outside them. @param {State} state @param {Sharing} [sharing] @return {MatrixRow[]} */
export function buildMatrix(state, sharing = findSharing(state)) {
  /** @type {Map<string, Process[]>} */
  const members = new Map([...state.containers.keys()].map((id) => [id, []]));
  for (const process of state.processes.values()) {
    const owner = rowOwner(state, sharing, process);
    if (owner) push(members, owner, process);
  }
  return [...members].map(([key, processes]) => rowOf(state, sharing, key, processes));
}

/** The row that a process belongs to: its container, its group, its own; "" where it has nothing but the host's. @param {State} state @param {Sharing} sharing @param {Process} process */
export function rowOwner(state, sharing, process) {
  return (
    ownerOf(sharing, process) ||
    (isInitial(state, process.namespaces) || isUnknown(process.namespaces) ? "" : process.key)
  );
}

/** @param {State} state @param {Sharing} sharing @param {string} key @param {Process[]} processes @return {MatrixRow} */
function rowOf(state, sharing, key, processes) {
  const container = state.containers.get(key) ?? null;
  const set = setOfContainer(state, key, processes);
  const owner = container || key.startsWith("group:") ? key : (processes[0]?.container ?? "");
  const cells = set
    ? strip(state, sharing, set, owner)
    : TYPES.map((type) => ({ type, key: null, how: /** @type {const} */ ("none") }));
  const declared = container?.declared ?? null;
  return {
    key,
    container,
    first: container ? null : (sharing.firstOf.get(key) ?? processes[0] ?? null),
    processes: processes.length,
    cells: cells.map((cell) => ({
      ...cell,
      others:
        cell.how === "shared"
          ? [...(sharing.owners.get(cell.key ?? "") ?? [])].filter((other) => other !== owner).sort()
          : [],
      declared: container ? differing(state, container, cell) : null,
      strays: straysOf(processes, cell),
      was: null,
    })),
    rights: declared && {
      privileged: declared.privileged,
      added: (declared.cap_add ?? []).map(shortCap),
      dropped: (declared.cap_drop ?? []).map(shortCap),
    },
    fate: null,
  };
}

/** @param {Process[]} processes @param {{type: NamespaceType, key: string|null}} cell */
function straysOf(processes, { type, key }) {
  return key === null
    ? 0
    : processes.filter(({ namespaces }) => namespaces[type] !== null && namespaces[type] !== key).length;
}

/** CAP_NET_ADMIN is NET_ADMIN to those who add it. @param {string} name */
function shortCap(name) {
  return name.replace(/^CAP_/i, "").toUpperCase();
}

/* ---- declared against observed ---- */

/** What was asked for, where what is observed is another thing; null where they agree or nothing can be told. @param {State} state @param {Container} container @param {{type: NamespaceType, key: string|null, how: How|"none"}} cell @return {Declared|null} */
function differing(state, container, { type, key, how }) {
  const field = FIELD_OF[type];
  if (!field || !container.declared || key === null) return null;
  const value = container.declared[field];
  const expected = expectedOf(field, value);
  const agrees = {
    host: () => how === "host",
    own: () => how !== "host",
    joined: () => joins(state, type, key, value.slice(value.indexOf(":") + 1)),
    unknown: () => true,
  };
  return agrees[expected]() ? null : { field, value };
}

/**
 * What a mode of `docker create` leads to. `unknown`: it depends on the daemon or on the version of cgroups.
 * An empty `userns` follows the daemon's userns-remap; an empty `cgroupns` is private with cgroup v2 and the host's with v1.
 * @param {"network"|"pid"|"ipc"|"uts"|"userns"|"cgroupns"} field @param {string} value @return {"host"|"own"|"joined"|"unknown"}
 */
export function expectedOf(field, value) {
  if (value === "host") return "host";
  if (value.startsWith("container:")) return "joined";
  if (value.includes(":")) return "unknown"; // podman's ns:/path
  if (field === "network") return "own"; // default, bridge, none, or the name of a network
  if (value === "") return field === "userns" || field === "cgroupns" ? "unknown" : "own";
  return value === "private" || value === "shareable" || value === "none" ? "own" : "unknown";
}

/** Whether a namespace is that of another container, named by id or name; true where that one is not known. @param {State} state @param {NamespaceType} type @param {string} key @param {string} other */
function joins(state, type, key, other) {
  const target =
    state.containers.get(other) ??
    [...state.containers.values()].find(({ name, id }) => name === other || id.startsWith(other));
  const init =
    target &&
    [...state.processes.values()].find(({ pid, container }) => pid === target.init_pid && container === target.id);
  const known = init?.namespaces[type] ?? null;
  return known === null || known === key;
}

/* ---- two moments ---- */

/** The later rows, the earlier ones of what is gone, and in each cell what it was. @param {MatrixRow[]} before @param {MatrixRow[]} after @param {Map<string, Fate>} fates @return {MatrixRow[]} */
export function uniteRows(before, after, fates) {
  const old = new Map(before.map((row) => [row.key, row]));
  const now = new Set(after.map((row) => row.key));
  const later = after.map((row) => {
    const earlier = old.get(row.key);
    if (!earlier) return { ...row, fate: /** @type {const} */ ("came") };
    const cells = row.cells.map((cell, index) => ({ ...cell, was: wasOf(earlier.cells[index], cell) }));
    const changed =
      cells.some(({ was }) => was !== null) || (row.container !== null && fates.get(row.key) === "changed");
    return { ...row, cells, fate: changed ? /** @type {const} */ ("changed") : null };
  });
  return [
    ...later,
    ...before.filter(({ key }) => !now.has(key)).map((row) => ({ ...row, fate: /** @type {const} */ ("went") })),
  ];
}

/** @param {MatrixCell} before @param {MatrixCell} after */
function wasOf({ how, key }, after) {
  return how !== after.how || key !== after.key ? { how, key } : null;
}

/* ---- order ---- */

/** Rows and columns so that sharers stand together, or by name, or the least isolated first. @param {MatrixRow[]} rows @param {Order} order @param {(row: MatrixRow) => string} nameOf @param {NamespaceType[]} types  of the columns @return {{rows: MatrixRow[], types: NamespaceType[]}} */
export function arrange(rows, order, nameOf, types) {
  const named = [...rows].sort((a, b) => compare(nameOf(a), nameOf(b)) || compare(a.key, b.key));
  if (order === "name") return { rows: named, types };
  if (order === "least") return { rows: named.sort((a, b) => exposure(b) - exposure(a)), types };
  const columns = seriateColumns(named, types);
  return { rows: seriateRows(named, columns), types: columns };
}

/** How much a row has in common with the host and with others; the higher, the less isolated. @param {MatrixRow} row */
export function exposure({ cells, rights }) {
  const score = cells.reduce(
    (sum, { type, how }) => sum + (how === "host" ? (ISOLATED.includes(type) ? 12 : 1) : how === "shared" ? 4 : 0),
    0,
  );
  const all = rights?.privileged || rights?.added.includes("ALL");
  return score + (all ? 100 : 0) + Math.min(10, rights?.added.length ?? 0) * 2;
}

/** The column in which most is not isolated first; beside each the one most like it. @param {MatrixRow[]} rows @param {NamespaceType[]} types @return {NamespaceType[]} */
function seriateColumns(rows, types) {
  const vector = new Map(types.map((type) => [type, rows.map(({ cells }) => cells[TYPES.indexOf(type)].how)]));
  const open = (/** @type {NamespaceType} */ type) =>
    (ISOLATED.includes(type) ? 1 : 0) * 1e6 +
    (vector.get(type) ?? []).filter((how) => how === "host" || how === "shared").length;
  const left = [...types].sort((a, b) => open(b) - open(a) || TYPES.indexOf(a) - TYPES.indexOf(b));
  return chain(left, (a, b) => {
    const [one, other] = [vector.get(a) ?? [], vector.get(b) ?? []];
    return (
      one.filter((how, index) => how === other[index]).length +
      (ISOLATED.includes(a) === ISOLATED.includes(b) ? rows.length : 0)
    );
  });
}

/** Clusters of rows that share a namespace, the most open first; in each, every row beside the one most like it. @param {MatrixRow[]} rows @param {NamespaceType[]} types @return {MatrixRow[]} */
function seriateRows(rows, types) {
  const pattern = new Map(rows.map((row) => [row, patternOf(row, types)]));
  const of = (/** @type {MatrixRow} */ row) => pattern.get(row) ?? "";
  const clusters = clustersOf(rows).map((cluster) => {
    const sorted = cluster.sort((a, b) => compare(of(a), of(b)));
    return sorted.length > 2 && sorted.length <= ONE_BY_ONE ? chain(sorted, likeness) : sorted;
  });
  return clusters.sort((a, b) => compare(bestOf(a, of), bestOf(b, of))).flat();
}

/** @param {MatrixRow[]} cluster @param {(row: MatrixRow) => string} of */
function bestOf(cluster, of) {
  return cluster.reduce((best, row) => (of(row) < best ? of(row) : best), of(cluster[0]));
}

/** One letter a column: the host's before what is shared, that before its own. @param {MatrixRow} row @param {NamespaceType[]} types */
function patternOf({ cells }, types) {
  const letters = { host: "a", shared: "b", unknown: "c", own: "d", none: "e" };
  return types.map((type) => letters[cells[TYPES.indexOf(type)].how]).join("");
}

/** @param {MatrixRow} a @param {MatrixRow} b */
function likeness(a, b) {
  return a.cells.reduce(
    (sum, cell, index) =>
      sum + (cell.key !== null && cell.key === b.cells[index].key ? (cell.how === "shared" ? 10 : 1) : 0),
    0,
  );
}

/** @param {MatrixRow[]} rows @return {MatrixRow[][]} */
function clustersOf(rows) {
  /** @type {Map<string, MatrixRow[]>} */
  const byKey = new Map();
  /** @type {Map<MatrixRow, MatrixRow[]>} */
  const clusterOf = new Map();
  for (const row of rows) {
    let cluster = [row];
    clusterOf.set(row, cluster);
    for (const { key, how } of row.cells) {
      if (how !== "shared" || key === null) continue;
      const known = byKey.get(key);
      if (known && clusterOf.get(known[0]) !== cluster) {
        const other = clusterOf.get(known[0]) ?? [];
        for (const one of cluster) clusterOf.set(one, other);
        other.push(...cluster);
        cluster = other;
      }
      byKey.set(key, [row]);
    }
  }
  return [...new Set(clusterOf.values())];
}

/** A line of things, from the first on, each beside the one that is most like it. @template T @param {T[]} things @param {(a: T, b: T) => number} alike @return {T[]} */
function chain(things, alike) {
  const line = things.slice(0, 1);
  const left = things.slice(1);
  while (left.length) {
    const last = line[line.length - 1];
    let best = 0;
    for (let index = 1; index < left.length; index++)
      if (alike(last, left[index]) > alike(last, left[best])) best = index;
    line.push(...left.splice(best, 1));
  }
  return line;
}

/** @param {string} a @param {string} b */
function compare(a, b) {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** @template V @param {Map<string, V[]>} map @param {string} key @param {V} value */
function push(map, key, value) {
  const list = map.get(key);
  if (list) list.push(value);
  else map.set(key, [value]);
}

/* ---- what it comes to ---- */

/** @typedef {{containers: number, host: {type: NamespaceType, count: number}[], shared: {type: NamespaceType, count: number}[], privileged: number, differing: number, unknown: number}} Summary  of the containers that run */

/** @param {MatrixRow[]} rows @return {Summary} */
export function summarise(rows) {
  const running = rows.filter(
    (row) => row.container && row.fate !== "went" && row.cells.some(({ how }) => how !== "none"),
  );
  const count = (/** @type {How} */ how) =>
    ISOLATED.map((type) => ({
      type,
      count: running.filter(({ cells }) => cells[TYPES.indexOf(type)].how === how).length,
    }))
      .filter((one) => one.count > 0)
      .sort((a, b) => b.count - a.count);
  return {
    containers: running.length,
    host: count("host"),
    shared: count("shared"),
    privileged: running.filter(({ rights }) => rights?.privileged).length,
    differing: running.filter(({ cells }) => cells.some(({ declared }) => declared !== null)).length,
    unknown: running.filter(({ cells }) => cells.some(({ how }) => how === "unknown")).length,
  };
}
