/**
 * The checksum of a state: the sum, modulo 2^64, of a hash of each fact. `inspector/facts/checksum.py` computes the
 * same. The order of facts does not matter, and a change costs only the facts that it touches. `docs/protocol.md` gives
 * the rules. Pure.
 */

import { TYPES } from "./types.js";

/**
 * @typedef {import("./types.js").Process} Process
 * @typedef {import("./types.js").Namespace} Namespace
 * @typedef {import("./types.js").Container} Container
 * @typedef {import("./types.js").Chain} Chain
 * @typedef {import("./types.js").Gap} Gap
 * @typedef {import("./types.js").HostInfo} HostInfo
 * @typedef {"process"|"namespace"|"container"|"chain"|"gap"|"coverage"|"host"} Kind
 */

const P = 2 ** 31 - 19;
const Q = 2 ** 31 - 61; // primes
const LARGEST = 2 ** 53; // beyond it a number is rounded to the nearest double
const PIECE = 50; // facts counted before asking whether it is enough; some 0.1 ms
const bits = new DataView(new ArrayBuffer(8));

/** The fact being hashed, as one number of base 2^16, modulo each of the primes. */
let p = 0;
let q = 0;

/** One digit more: x·2^16 + unit modulo 2^31 − k, in 32 bits, since 2^31 counts as k. @param {number} unit */
function feed(unit) {
  p = (((p << 16) & 0x7fffffff) | unit) - P + (p >> 15) * 19;
  if (p < 0) p += P;
  q = (((q << 16) & 0x7fffffff) | unit) - Q + (q >> 15) * 61;
  if (q < 0) q += Q;
}

/** A field, and the byte that ends it; the same byte inside of the field is escaped. @param {string} text */
function field(text) {
  feed(0);
  tail(text);
}

/** @param {string} text */
function tail(text) {
  let [x, y] = [p, q];
  for (let at = 0; at < text.length; at++) {
    let unit = text.charCodeAt(at);
    if (unit < 2) {
      [p, q] = [x, y];
      feed(1);
      [x, y] = [p, q];
      unit += 48;
    }
    x = (((x << 16) & 0x7fffffff) | unit) - P + (x >> 15) * 19;
    if (x < 0) x += P;
    y = (((y << 16) & 0x7fffffff) | unit) - Q + (y >> 15) * 61;
    if (y < 0) y += Q;
  }
  [p, q] = [x, y];
}

/** @param {number|null|undefined} value */
function number(value) {
  field(value == null ? "" : value <= LARGEST ? String(value) : BigInt(value).toString());
}

/** @param {number|null|undefined} value */
function double(value) {
  if (value == null) return field("");
  bits.setFloat64(0, value);
  field(hex(bits.getUint32(0)) + hex(bits.getUint32(4)));
}

/** @param {readonly string[]} list */
function texts(list) {
  number(list.length);
  for (const text of list) field(text);
}

/** @param {number} word */
const hex = (word) => word.toString(16).padStart(8, "0");

/** @type {Record<Kind, (fact: any) => void>} */
const FIELDS = {
  process(/** @type {Process} */ fact) {
    field(fact.key);
    number(fact.pid);
    number(fact.ppid);
    number(fact.start_ticks);
    number(fact.uid);
    field(fact.container ?? "");
    field(fact.role ?? "");
    field(fact.cgroup === null ? "" : `=${fact.cgroup}`);
    for (const type of TYPES) field(fact.namespaces[type] ?? "");
    field(fact.nspid.join(","));
    field(fact.comm);
    texts(fact.cmdline);
  },
  namespace(/** @type {Namespace} */ fact) {
    field(fact.key);
    field(fact.type);
    number(fact.inode);
    number(fact.ns_id);
    field(fact.initial ? "1" : "0");
    field(fact.owner ?? "");
    field(fact.parent ?? "");
  },
  container(/** @type {Container} */ fact) {
    for (const text of [fact.id, fact.name, fact.image, fact.engine, fact.state]) field(text);
    number(fact.init_pid);
    number(fact.shim_pid);
    number(fact.limits?.memory_bytes);
    double(fact.limits?.cpu_cores);
    number(fact.limits?.pids);
    declared(fact.declared);
    const names = Object.keys(fact.labels).sort();
    number(names.length);
    for (const name of names) {
      field(name);
      field(fact.labels[name]);
    }
  },
  chain(/** @type {Chain} */ fact) {
    field(fact.container);
    number(fact.links.length);
    for (const link of fact.links) {
      number(link.pid);
      field(link.role);
      field(link.via ?? "");
    }
  },
  gap(/** @type {Gap} */ fact) {
    number(fact.pid);
    field(fact.what);
    field(fact.why);
  },
  coverage(/** @type {{processes: number}} */ fact) {
    number(fact.processes);
  },
  host(/** @type {HostInfo} */ fact) {
    for (const text of [fact.machine_id, fact.boot_id, fact.hostname, fact.kernel]) field(text);
  },
};

/**
 * Fields that later schemas added: their name, how a value is written, its default (else null) and the field that
 * holds it. Such a field counts only where it is not its default.
 * @type {Record<Kind, [string, (value: any) => void, string?, string?][]>}
 */
const LATER = {
  process: [
    ["state", text],
    ["entered", text],
    ["confinement", confinement],
  ],
  namespace: [["holders", holders]],
  container: [
    ["source", text, "", "declared"],
    ["memory_from", text, "", "limits"],
    ["cpu_from", text, "", "limits"],
    ["pids_from", text, "", "limits"],
    ["exit_code", number],
    ["oom_killed", (told) => field(told ? "1" : "0")],
    ["restarts", number],
    ["health", text],
    ["ports", ports],
    ["health_check", words],
    ["kind", text, "container"],
    ["scope", text, ""],
    ["pod", (told) => words([told.id, told.name], false)],
  ],
  chain: [],
  gap: [],
  coverage: [],
  host: [
    ["reader", text],
    ["booted_at", text],
  ],
};

/** @param {import("./types.js").Holders[]} list */
function holders(list) {
  number(list.length);
  for (const one of list) {
    text(one.kind);
    number(one.count);
    number(one.some.length);
    for (const holder of one.some) {
      number(holder.pid);
      if (holder.mount_namespace === null) field("");
      else text(holder.mount_namespace);
      text(holder.name);
    }
  }
}

/** A text that may also be unknown. @param {string} known */
function text(known) {
  field(`=${known}`);
}

/** @param {import("./types.js").Confinement} told */
function confinement(told) {
  for (const set of [told.effective, told.permitted, told.inheritable, told.bounding, told.ambient]) number(set);
  text(told.seccomp);
  field(told.no_new_privs === null ? "" : told.no_new_privs ? "1" : "0");
  for (const uid of [told.euid, told.suid, told.loginuid]) number(uid);
  if (told.label == null) field("");
  else text(told.label);
}

/** @param {string[]} list @param {boolean} [counted]  whether their number is written */
function words(list, counted = true) {
  if (counted) number(list.length);
  for (const word of list) text(word);
}

/** @param {import("./types.js").Port[]} list */
function ports(list) {
  number(list.length);
  for (const port of list) {
    text(port.host_ip);
    number(port.host_port);
    number(port.container_port);
    text(port.protocol);
    number(port.proxy);
  }
}

/** @param {Container["declared"]} modes */
function declared(modes) {
  if (modes === null) return field("");
  field("=");
  for (const text of [modes.network, modes.pid, modes.ipc, modes.uts, modes.userns, modes.cgroupns]) field(text);
  field(modes.privileged ? "1" : "0");
  texts(modes.cap_add ?? []);
  texts(modes.cap_drop ?? []);
}

/**
 * Spread 32 bits: any changed bit changes about half of them. The multipliers are MurmurHash3's.
 * @param {number} word
 */
function mix(word) {
  let mixed = Math.imul(word ^ (word >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}

/** The checksum of a state: it is computed in pieces, and follows the changes of the state meanwhile. */
export class Tally {
  #high = 0;
  #low = 0;
  #rest;
  #whole = false;

  /** @param {Iterator<[Kind, any]>} facts  of the state; none of them is changed in place while it is counted */
  constructor(facts) {
    this.#rest = facts;
  }

  /** The checksum as 16 hexadecimal digits; null until every fact is counted. */
  get text() {
    return this.#whole ? hex(this.#high) + hex(this.#low) : null;
  }

  /**
   * Count more facts, until all are counted or `isEnough` stops it.
   * @param {() => boolean} isEnough
   */
  count(isEnough) {
    for (let some = 0; !this.#whole; some++) {
      const { done, value } = this.#rest.next();
      if (done) this.#whole = true;
      else this.#add(...hash(...value));
      if (some % PIECE === PIECE - 1 && isEnough()) break;
    }
    return this.#whole;
  }

  /**
   * Replace one fact by another; undefined: there was none, or there is none now.
   * @param {Kind} kind
   * @param {any} before
   * @param {any} after
   */
  replace(kind, before, after) {
    if (before !== undefined) this.#remove(...hash(kind, before));
    if (after !== undefined) this.#add(...hash(kind, after));
  }

  /** @param {number} high @param {number} low */
  #add(high, low) {
    const sum = this.#low + low;
    this.#low = sum >>> 0;
    this.#high = (this.#high + high + (sum > 0xffffffff ? 1 : 0)) >>> 0;
  }

  /** @param {number} high @param {number} low */
  #remove(high, low) {
    const rest = this.#low - low;
    this.#low = rest >>> 0;
    this.#high = (this.#high - high - (rest < 0 ? 1 : 0)) >>> 0;
  }
}

/** @param {Kind} kind @param {any} fact @return {[number, number]} */
function hash(kind, fact) {
  [p, q] = [0, 0];
  tail(kind);
  FIELDS[kind](fact);
  for (const [name, write, ordinary, holder] of LATER[kind]) {
    const value = holder ? fact[holder]?.[name] : fact[name];
    if (value == null || value === ordinary || (name === "holders" && !value.length)) continue;
    field(holder ? `${holder}.${name}` : name);
    write(value);
  }
  const high = mix((p ^ mix(q)) >>> 0);
  return [high, mix((q ^ high) >>> 0)];
}

/**
 * The facts of a whole state that the checksum counts.
 * @param {import("./types.js").HostState} whole
 * @return {Generator<[Kind, any]>}
 */
export function* factsOf(whole) {
  yield ["host", whole.host];
  yield ["coverage", whole.coverage];
  for (const fact of whole.coverage.gaps) yield ["gap", fact];
  for (const fact of whole.namespaces) yield ["namespace", fact];
  for (const fact of whole.processes) yield ["process", fact];
  for (const fact of whole.containers) yield ["container", fact];
  for (const fact of whole.chains) yield ["chain", fact];
}

/** @param {import("./types.js").HostState} whole */
export function checksum(whole) {
  const tally = new Tally(factsOf(whole));
  tally.count(() => false);
  return tally.text;
}
