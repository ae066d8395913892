/** What happened, as the page holds it: newest first, bounded, noise counted; and how it is filtered and said. Pure. */

import { FIELD_WORDS } from "./words.js";
import { sayBytes } from "./field-text.js";
import { t } from "../base/i18n.js";

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
 *
 * @typedef {{entries: Entry[], earlier: number|null}} Told
 *
 * @typedef {object} Filter
 * @property {string} group  one of GROUPS; empty for all
 * @property {string} container  full id; empty for all
 * @property {string} text
 *
 * @typedef {{entry: Entry, times: number, first: Entry, alike: Entry[]}} Line  what happened several times in a row is one line
 */

/** @typedef {ReturnType<typeof createFeed>} Feed */

const MOST = 2000; // entries; older ones are dropped, and can be read again

/** Which kinds a reader chooses by. @type {Record<string, string[]>} */
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
  exec: ["exec", "ran"],
  sharing: ["sharing-began", "sharing-ended"],
  namespaces: ["namespace-joined", "namespace-created", "namespace-left", "namespace-recreated"],
  host: ["boot", "host-changed", "gap-began", "gap-ended", "agent-away", "agent-back"],
};

/** What a reader should not miss. */
const GRAVE = new Set(["sharing-began", "namespace-joined", "gap-began", "agent-away", "boot"]);

/** @param {Entry} entry */
export const isGrave = (entry) => GRAVE.has(entry.kind) && !entry.noise;

/** Noise that is alike is one entry. @param {Entry} entry */
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

export function createFeed() {
  /** @type {Entry[]} */
  let entries = [];
  /** @type {Map<string, Entry>} */
  const noise = new Map();
  /** Where to go on reading; null: there is nothing before. @type {number|null} */
  let earlier = null;
  let known = false; // the newest were read
  let newest = 0; // the last snapshot of which anything was told

  /** @param {Entry[]} found @param {"newer"|"older"} side */
  function take(found, side) {
    for (const entry of found) {
      newest = Math.max(newest, entry.seq);
      if (!entry.noise) continue;
      const held = noise.get(keyOf(entry));
      noise.set(keyOf(entry), held ? (side === "newer" ? add(entry, held) : add(held, entry)) : entry);
    }
    const fresh = found.filter((entry) => !entry.noise);
    entries = side === "newer" ? [...fresh, ...entries] : [...entries, ...fresh];
    if (entries.length > MOST) {
      earlier = entries[MOST - 1].seq;
      entries = entries.filter(({ seq }) => seq >= Number(earlier));
    }
  }

  const feed = {
    /** Without noise, newest first. */
    get entries() {
      return entries;
    },
    get noise() {
      return [...noise.values()].sort(newestFirst);
    },
    get earlier() {
      return earlier;
    },
    get known() {
      return known;
    },
    /** The newest entries were read: what was held before is forgotten. @param {Told} told */
    begin(told) {
      feed.forget();
      known = true;
      take(told.entries, "older");
      earlier = told.earlier;
    },
    /** What the server says as it happens. @param {{seq: number, entries: Entry[]}} message @return {boolean} whether it was news */
    hear(message) {
      if (!known || message.seq <= newest) return false;
      take(message.entries, "newer");
      return true;
    },
    /** Older ones were read. @param {Told} told */
    extend(told) {
      take(told.entries, "older");
      earlier = told.earlier;
    },
    forget() {
      entries = [];
      noise.clear();
      earlier = null;
      known = false;
      newest = 0;
    },
  };
  return feed;
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

/** Entries as lines: what happened alike several times in a row is one. @param {Entry[]} entries newest first @return {Line[]} */
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

/** What was asked for, before and after: amounts as people write them. @param {Entry} entry */
function reconfigured({ field, from, to }) {
  const name = (field ?? "").replace(/^(declared|limits)\./, "");
  const say = (/** @type {string|null} */ value) =>
    value === null ? "–" : name === "memory_bytes" ? sayBytes(Number(value)) : value || "–";
  return { field: FIELD_WORDS[name] ?? name, from: say(from), to: say(to) };
}

/** How often, where that was more than once; namespaces count what is listed. @param {Entry} entry */
const isCounted = (entry) => entry.times > 1 && !entry.kind.startsWith("namespace-");

/** One entry in a sentence, in the language in use. @param {Entry} entry */
export function sayEntry(entry) {
  const { name, where, field } = entry;
  if (isCounted(entry) && !name && !entry.noise) return t("{count} more of this kind at once", { count: entry.times });
  const [from, to] = [entry.from ?? t("unknown"), entry.to ?? t("unknown")];
  const types = entry.types.join(" ");
  const partners = entry.with_names
    .map((one, index) => (entry.with[index] === "host" ? t("the host") : one))
    .join(", ");
  const place = entry.container === null ? t("the host") : where;
  const pid = String(entry.pid ?? "");
  switch (entry.kind) {
    case "boot":
      return t("{name} was booted", { name });
    case "host-changed":
      return t("{field} of the host: {from} → {to}", { field: field ?? "", from, to });
    case "container-created":
      return t("{name} was created", { name });
    case "container-started":
      return types ? t("{name} started, with its own {types}", { name, types }) : t("{name} started", { name });
    case "container-stopped":
      return t("{name} stopped", { name });
    case "container-restarted":
      return t("{name} restarted", { name });
    case "container-removed":
      return t("{name} removed", { name });
    case "container-renamed":
      return t("{from} is called {to} now", { from, to });
    case "container-reconfigured":
      return t("{name} reconfigured: {field} {from} → {to}", { name, ...reconfigured(entry) });
    case "container-changed":
      return t("{name}: {from} → {to}", { name, from, to });
    case "exec":
      return t("exec in {where}: {command}", { where: place, command: to });
    case "ran":
      return t("{name} in {where}, for a short time", { name, where: place });
    case "sharing-began":
      return t("{name} shares {types} with {partners}", { name, types, partners });
    case "sharing-ended":
      return t("{name} no longer shares {types} with {partners}", { name, types, partners });
    case "namespace-joined":
      return t("{name} ({pid}) of {where} entered {types}: {from} → {to}", {
        name,
        pid,
        where: place,
        types,
        from,
        to,
      });
    case "namespace-created":
      return t("namespaces came: {types} ({to})", { types, to });
    case "namespace-left":
      return t("namespaces lost their last member: {types} ({from})", { types, from });
    case "namespace-recreated":
      return t("namespaces came anew under the same number: {types} ({to})", { types, to });
    case "gap-began":
      return t("{name} cannot be read", { name });
    case "gap-ended":
      return t("{name} can be read again", { name });
    case "agent-away":
      return t("the agent went away: nobody looked from here on");
    case "agent-back":
      return t("the agent is back");
  }
  return entry.kind;
}
