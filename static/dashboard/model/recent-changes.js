/** The most recent changes of one process, namespace or container, newest first, out of its life. Pure. */

/**
 * @typedef {import("../net/api.js").Life} Life
 * @typedef {import("../net/api.js").LifeMember} LifeMember
 *
 * @typedef {object} Recent  the changes of one moment
 * @property {number} seq
 * @property {string} at
 * @property {"appeared"|"again"|"changed"|"gone"|"came"|"went"|"checked"} kind  `came` and `went`: of
 *   processes in it; `checked`: its health check ran, so often as there are names
 * @property {import("./field-text.js").FieldChange[]} changes
 * @property {string[]} names  of those processes
 */

/**
 * @param {Life} life
 * @param {number} until the newest snapshot that counts
 * @param {number} [most]
 * @return {Recent[]}
 */
export function recentChangesOf(life, until, most = 6) {
  const all = [...ofItself(life), ...ofMembers(life)].filter(({ seq }) => seq <= until);
  return all.sort((a, b) => b.seq - a.seq).slice(0, most);
}

/** The snapshot at which it appeared; null where history does not tell that far back. @param {Life} life */
export function appearedAt(life) {
  return life.more_entries ? null : (life.entries[0]?.seq ?? null);
}

/** @param {Life} life @return {Recent[]} */
function ofItself({ entries, more_entries, alive }) {
  /** @type {Recent[]} */
  const found = [];
  entries.forEach((entry, index) => {
    const before = entries[index - 1];
    const ended = before && before.until_seq !== null && before.until_seq < entry.seq;
    if (ended) found.push(of("gone", Number(before.until_seq), String(before.until_at)));
    if (ended) found.push(of("again", entry.seq, entry.at));
    else if (before) {
      if (entry.changes.length) found.push(of("changed", entry.seq, entry.at, { changes: entry.changes }));
    } else if (!more_entries) found.push(of("appeared", entry.seq, entry.at));
  });
  const last = entries.at(-1);
  if (!alive && last && last.until_seq !== null) found.push(of("gone", last.until_seq, String(last.until_at)));
  return found;
}

/**
 * The processes that came or went, grouped by moment. Those that were there from the beginning, or that left at the
 * end, are not listed.
 * @param {Life} life
 * @return {Recent[]}
 */
function ofMembers({ entries, members, alive }) {
  const [begin, end] = [entries[0]?.seq, alive ? null : entries.at(-1)?.until_seq];
  /** @type {Map<string, Recent>} */
  const found = new Map();
  const add = (
    /** @type {"came"|"went"} */ kind,
    /** @type {number|null} */ seq,
    /** @type {string|null} */ at,
    /** @type {string} */ name,
  ) => {
    if (seq === null || seq === begin || seq === end) return;
    const key = `${kind} ${seq}`;
    const recent = found.get(key) ?? of(kind, seq, String(at));
    recent.names.push(name);
    found.set(key, recent);
  };
  const isCheck = (/** @type {LifeMember} */ { check }) => check === true;
  for (const { comm, from_seq, from_at, until_seq, until_at } of members.filter((member) => !isCheck(member))) {
    add("came", from_seq, from_at, comm || "?");
    add("went", until_seq, until_at, comm || "?");
  }
  return [...found.values(), ...checksOf(members.filter(isCheck))];
}

/** All runs of the health check, as one change at the last of them. @param {LifeMember[]} members @return {Recent[]} */
function checksOf(members) {
  const newest = members.reduce((last, one) => (last && last.from_seq >= one.from_seq ? last : one), members[0]);
  const runs = new Set(members.map(({ from_seq }) => String(from_seq)));
  return newest ? [of("checked", newest.from_seq, newest.from_at, { names: [...runs] })] : [];
}

/**
 * @param {Recent["kind"]} kind
 * @param {number} seq
 * @param {string} at
 * @param {Partial<Recent>} [more]
 * @return {Recent}
 */
function of(kind, seq, at, more = {}) {
  return { kind, seq, at, changes: [], names: [], ...more };
}

/**
 * "worker ×3, sh".
 * @param {string[]} names
 * @param {number} [most] so many different ones
 * @return {{text: string, more: number}}
 */
export function foldNames(names, most = 3) {
  /** @type {Map<string, number>} */
  const counts = new Map();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  const shown = [...counts].slice(0, most);
  const text = shown.map(([name, count]) => (count > 1 ? `${name} ×${count}` : name)).join(", ");
  return { text, more: names.length - shown.reduce((sum, [, count]) => sum + count, 0) };
}
