/** The feed as the page holds it: its entries, newest first and bounded in number, their filter and sentences. Pure. */

import { FIELD_WORDS, ISOLATE_WORDS, sayTypes } from "./words.js";
import { nameOfField, sayBytes, sayEnd } from "./field-text.js";
import { sayLeft } from "./left.js";
import { mark, t } from "../base/i18n.js";
import { shortId } from "../base/short-name.js";

/**
 * @typedef {import("./types.js").NamespaceType} NamespaceType
 *
 * @typedef {object} Entry  as `GET …/events` answers; see docs/protocol.md
 * @property {number} seq
 * @property {string} at
 * @property {string} kind
 * @property {string|null} container
 * @property {string} where
 * @property {string} key
 * @property {number|null} pid
 * @property {number|null} inside
 * @property {string} name
 * @property {NamespaceType[]} types
 * @property {string|null} field
 * @property {string|null} from
 * @property {string|null} to
 * @property {string[]} with
 * @property {string[]} with_names
 * @property {boolean} noise
 * @property {number} times
 * @property {number} first_seq
 * @property {string} first_at
 * @property {number|null} [exit_code]  of a container that stopped
 * @property {boolean|null} [oom_killed]
 * @property {string|null} [mend]  what to do about it, with the command
 *
 * @typedef {{entries: Entry[], earlier: number|null}} FeedPage
 *
 * @typedef {object} Filter
 * @property {string} group  one of GROUPS; empty for all
 * @property {string} container  full id; empty for all
 * @property {string} text
 *
 * @typedef {{entry: Entry, times: number, first: Entry, alike: Entry[]}} Line several equal entries in a
 *   row are one line
 */

const MOST = 2000; // entries; older ones are dropped, and can be read again

/** The groups of kinds that the filter offers. @type {Record<string, string[]>} */
export const GROUPS = {
  containers: [
    "container-created",
    "container-started",
    "container-stopped",
    "container-restarted",
    "container-removed",
    "container-renamed",
    "container-reconfigured",
    "container-changed",
  ],
  exec: ["exec", "ran", "capabilities-gained"],
  sharing: ["sharing-began", "sharing-ended", "left-behind", "joined-again"],
  namespaces: [
    "namespace-joined",
    "namespace-created",
    "namespace-left",
    "namespace-recreated",
    "namespace-orphaned",
    "namespace-released",
    "isolate-began",
    "isolate-ended",
  ],
  host: ["boot", "host-changed", "gap-began", "gap-ended", "agent-away", "agent-back"],
};

/** The kinds about containers left behind, whose sentence says where they are. */
const LEFT = new Set(["left-behind", "joined-again"]);

/** The kinds that a reader should not miss. */
const SEVERE = new Set([
  "sharing-began",
  "left-behind",
  "capabilities-gained",
  "namespace-joined",
  "gap-began",
  "agent-away",
  "boot",
]);

/** @param {Entry} entry */
export const isSevere = (entry) => SEVERE.has(entry.kind) && !entry.noise;

/** Equal noise is one entry. @param {Entry} entry */
const keyOf = ({ kind, container, name }) => `${kind}|${container ?? ""}|${name}`;

/** @param {Entry} a @param {Entry} b */
const newestFirst = (a, b) => b.seq - a.seq;

/** Two counts of the same noise. @param {Entry} newer @param {Entry} older @return {Entry} */
const add = (newer, older) => ({
  ...newer,
  times: newer.times + older.times,
  first_seq: older.first_seq,
  first_at: older.first_at,
});

const IMAGE_UNKNOWN = "image unknown"; // as the server says it
const OUTSIDE = "no container's,"; // as the server says it

/**
 * The entry with its container's name and image, if it holds only the short id, or says that the image is unknown.
 * @param {Entry} entry
 * @param {Record<string, string>} names
 * @param {Record<string, string>} images
 */
function completed(entry, names, images) {
  const id = entry.container ?? "";
  const short = shortId(id);
  const [name, image] = [names[id], images[id]];
  let told = entry;
  if (name && entry.where === short) told = { ...told, where: name, name: entry.name === short ? name : entry.name };
  if (!image || !entry.kind.startsWith("container-")) return told;
  const say = (/** @type {string|null} */ text) =>
    text?.startsWith(`${IMAGE_UNKNOWN} (`) ? `${image}${text.slice(IMAGE_UNKNOWN.length)}` : text;
  return { ...told, from: say(told.from), to: say(told.to) };
}

export function createFeed() {
  return new Feed();
}

export class Feed {
  /** Without noise, newest first. @type {Entry[]} */
  entries = [];
  /** The seq from which older entries can be read; null: there are none. @type {number|null} */
  earlier = null;
  /** Whether the newest entries were read. */
  known = false;
  /** The last snapshot that any entry is about. */
  #newest = 0;
  /** @type {Map<string, Entry>} */
  #noise = new Map();

  /** The noise, newest first. */
  get noise() {
    return [...this.#noise.values()].sort(newestFirst);
  }

  /** The newest entries were read: forget the entries that were held before. @param {FeedPage} read */
  begin(read) {
    this.forget();
    this.known = true;
    this.extend(read);
  }

  /**
   * The server sent entries as they happened.
   * @param {{seq: number, entries: Entry[], names?: Record<string, string>, images?: Record<string, string>}} message
   * @return {boolean} whether they were new
   */
  receive(message) {
    this.#complete(message.names ?? {}, message.images ?? {});
    if (!this.known || message.seq <= this.#newest) return false;
    this.#take(message.entries, "newer");
    return true;
  }

  /** Older entries were read. @param {FeedPage} read */
  extend(read) {
    this.#take(read.entries, "older");
    this.earlier = read.earlier;
  }

  forget() {
    this.entries = [];
    this.#noise.clear();
    this.earlier = null;
    this.known = false;
    this.#newest = 0;
  }

  /**
   * Names and images of containers came late: entries that lack them get them.
   * @param {Record<string, string>} names
   * @param {Record<string, string>} images
   */
  #complete(names, images) {
    if (Object.keys(names).length + Object.keys(images).length === 0) return;
    this.entries = this.entries.map((entry) => completed(entry, names, images));
    const noise = this.noise.map((entry) => completed(entry, names, images)).reverse();
    this.#noise.clear();
    for (const entry of noise) this.#count(entry, "newer");
  }

  /** @param {Entry[]} found @param {"newer"|"older"} side */
  #take(found, side) {
    for (const entry of found) {
      this.#newest = Math.max(this.#newest, entry.seq);
      if (entry.noise) this.#count(entry, side);
    }
    const fresh = found.filter((entry) => !entry.noise);
    this.entries = side === "newer" ? [...fresh, ...this.entries] : [...this.entries, ...fresh];
    this.#bound();
  }

  /** @param {Entry} entry @param {"newer"|"older"} side */
  #count(entry, side) {
    const held = this.#noise.get(keyOf(entry));
    const newer = side === "newer";
    this.#noise.set(keyOf(entry), held ? add(newer ? entry : held, newer ? held : entry) : entry);
  }

  /** Drop the oldest entries where there are too many. They can be read again. */
  #bound() {
    if (this.entries.length <= MOST) return;
    const oldest = this.entries[MOST - 1].seq;
    this.earlier = oldest;
    this.entries = this.entries.filter(({ seq }) => seq >= oldest);
  }
}

/** @param {Entry} entry @param {Filter} filter */
export function fits(entry, { group, container, text }) {
  if (group && !GROUPS[group]?.includes(entry.kind)) return false;
  if (container && entry.container !== container) return false;
  if (!text) return true;
  const said = [
    entry.name,
    entry.where,
    entry.container,
    entry.field,
    entry.from,
    entry.to,
    entry.pid,
    ...entry.types,
    ...entry.with_names,
    sayEntry(entry),
  ];
  return said.filter(Boolean).join(" ").toLowerCase().includes(text.toLowerCase());
}

/**
 * Entries as lines: several equal entries in a row are one line.
 * @param {Entry[]} entries newest first
 * @return {Line[]}
 */
export function linesOf(entries) {
  /** @type {Line[]} */
  const lines = [];
  for (const entry of entries) {
    const last = lines.at(-1);
    if (last && likeness(last.entry) === likeness(entry)) {
      last.alike.push(entry);
      last.times += entry.times;
      last.first = entry;
    } else lines.push({ entry, times: entry.times, first: entry, alike: [entry] });
  }
  return lines;
}

/** @param {Entry} entry */
const likeness = ({ kind, container, name, field, to, types, with: partners }) =>
  [kind, container, name, field, kind === "exec" ? to : "", types.join(), partners.join()].join("|");

/**
 * The words of a reconfigured container: its setting before and after, in readable units. Null is none: what was not
 * known is not told as changed.
 * @param {Entry} entry
 */
function reconfigured({ field, from, to }) {
  const name = (field ?? "").replace(/^(declared|limits)\./, "");
  const say = (/** @type {string|null} */ value) =>
    value === null ? t("none") : name === "memory_bytes" ? sayBytes(Number(value)) : value || t("default");
  return { field: FIELD_WORDS[name] ?? name, from: say(from), to: say(to) };
}

/** Whether the sentence gives a count. Entries about namespaces list them instead. @param {Entry} entry */
const isCounted = (entry) => entry.times > 1 && !entry.kind.startsWith("namespace-");

/** The sentence of each kind. @type {Record<string, string>} */
const SENTENCES = {
  boot: mark("{name} was booted"),
  "host-changed": mark("{field} of the host: {from} → {to}"),
  "container-created": mark("{name} was created"),
  "container-started": mark("{name} started"),
  "container-stopped": mark("{name} stopped"),
  "container-restarted": mark("{name} restarted"),
  "container-removed": mark("{name} removed"),
  "container-renamed": mark("{from} is called {to} now"),
  "container-reconfigured": mark("{name} reconfigured: {field} {from} → {to}"),
  "container-changed": mark("{name}: {from} → {to}"),
  exec: mark("exec in {where}: {command}"),
  ran: mark("{name} in {where}, for a short time"),
  "sharing-began": mark("{name} shares its {types} with {partners}"),
  "sharing-ended": mark("{name} no longer shares its {types} with {partners}"),
  "isolate-began": mark("{field} {name} began, with its own {types}"),
  "isolate-ended": mark("{field} {name} ended"),
  "left-behind": mark("{name} is {where}"),
  "joined-again": mark("{name} is no longer {where}"),
  "capabilities-gained": mark("{name} ({pid}) of {where} gained capabilities: {to}"),
  "namespace-joined": mark("{name} ({pid}) of {where} entered {types}: {from} → {to}"),
  "namespace-created": mark("New {types} namespace ({to})"),
  "namespace-left": mark("Namespace gone: {types} ({from})"),
  "namespace-recreated": mark("Namespace re-created under the same number: {types} ({to})"),
  "namespace-orphaned": mark("{types} namespace left behind, held by {to}"),
  "namespace-released": mark("{types} namespace that was left behind is gone"),
  "gap-began": mark("{name} cannot be read"),
  "gap-ended": mark("{name} can be read again"),
  "agent-away": mark("The agent stopped reporting"),
  "agent-back": mark("The agent reports again"),
};
const STOPPED_SOMEHOW = mark("{name} stopped, {end}");
const CHANGED_FIELD = mark("{name}: {field} {from} → {to}");

/** The sentence of a container that started with namespaces of its own: one, or several. */
const STARTED_WITH = {
  one: mark("{name} started with its own {types} namespace"),
  many: mark("{name} started with its own {types} namespaces"),
};
/** The sentences about several namespaces at once. @type {Record<string, string>} */
const SEVERAL = {
  "namespace-created": mark("New {types} namespaces ({to})"),
  "namespace-left": mark("Namespaces gone: {types} ({from})"),
  "namespace-orphaned": mark("{types} namespaces left behind, held by {to}"),
  "namespace-released": mark("{types} namespaces that were left behind are gone"),
  "namespace-recreated": mark("Namespaces re-created under the same number: {types} ({to})"),
};

const NEW_OUTSIDE = mark("New {types} namespace, outside any container ({name})");

/** The words that a sentence has places for. @param {Entry} entry */
function wordsOf(entry) {
  const partners = entry.with_names.map((one, index) => (entry.with[index] === "host" ? t("the host") : one));
  return {
    name: entry.name,
    where: entry.container === null ? t("the host") : entry.where,
    field: entry.field ?? "",
    from: entry.from ?? t("unknown"),
    to: entry.to ?? t("unknown"),
    types: sayTypes(entry.types),
    partners: partners.join(", "),
    command: entry.to ?? t("unknown"),
    pid: String(entry.pid ?? ""),
    end: sayEnd(entry),
    ...(isFieldTold(entry) ? { field: nameOfField(entry.field ?? "") } : {}),
    ...(entry.kind.startsWith("isolate-") ? { field: isolateWord(entry) } : {}),
    ...(entry.kind === "container-reconfigured" ? reconfigured(entry) : {}),
    ...(LEFT.has(entry.kind) ? { where: sayLeft(entry.types[0] ?? "", partners.join(", ")) } : {}),
  };
}

/** @param {Entry} entry */
const isolateWord = ({ field }) => (field === "service" ? ISOLATE_WORDS.service : ISOLATE_WORDS.sandbox);

/** Whether a change has to say of what it is: a state says so itself. @param {Entry} entry */
const isFieldTold = ({ kind, field }) => kind === "container-changed" && field !== null && field !== "state";

/** The sentence of an entry, in the language in use. @param {Entry} entry */
export function sayEntry(entry) {
  if (isCounted(entry) && !entry.name && !entry.noise)
    return t("{count} more of this kind at once", { count: entry.times });
  const sentence = sentenceOf(entry);
  return sentence ? t(sentence, wordsOf(entry)) : entry.kind;
}

/** @param {Entry} entry @return {string|undefined} */
function sentenceOf(entry) {
  const { kind, types, times, to } = entry;
  if (kind === "container-started" && types.length) return STARTED_WITH[types.length === 1 ? "one" : "many"];
  if (kind === "container-stopped" && sayEnd(entry)) return STOPPED_SOMEHOW;
  if (kind === "namespace-created" && times === 1 && to?.startsWith(OUTSIDE)) return NEW_OUTSIDE;
  if (isFieldTold(entry)) return CHANGED_FIELD;
  return (times > 1 && SEVERAL[kind]) || SENTENCES[kind];
}
