/** Facts in words: what a field is called, what its value says, and what differs between two sets of facts. Pure. */

import { sayCapabilities } from "./confinement.js";
import { sayHolders } from "./holders.js";
import { FIELD_WORDS, ROLE_WORDS, TYPE_WORDS } from "./words.js";
import { mark, number, t } from "../base/i18n.js";
import { shortId } from "../base/short-name.js";

/**
 * @typedef {{field: string, before: any, after: any}} FieldChange a field inside a field is named by its path: `limits
 *   memory_bytes`
 * @typedef {import("./types.js").NamespaceType} NamespaceType
 * @typedef {import("./types.js").Role} Role
 * @typedef {import("./types.js").Container} Container
 * @typedef {import("./types.js").Port} Port
 * @typedef {import("./store.js").State} State
 */

/** A field, or a path to one, as a person calls it. @param {string} path @return {string} */
export function nameOfField(path) {
  const [outer, ...rest] = path.split(" ");
  const inner = rest.join(" ");
  if (!inner) return FIELD_WORDS[outer] ?? outer.replaceAll("_", " ");
  if (outer === "namespaces" && inner in TYPE_WORDS)
    return t("{type} namespace", { type: TYPE_WORDS[/** @type {NamespaceType} */ (inner)].name });
  if (outer === "labels") return t("label {name}", { name: inner });
  return FIELD_WORDS[inner] ?? inner.replaceAll("_", " ");
}

/** The fields of a process that are sets of capabilities. */
const SETS = new Set(["effective", "permitted", "inheritable", "bounding", "ambient"]);

/** The value of a field as short text. @param {string} path @param {any} value @return {string} */
export function sayFact(path, value) {
  const field = path.slice(path.lastIndexOf(" ") + 1);
  if (value === null || value === undefined || value === "") return "—";
  if (typeof value === "boolean") return value ? t("yes") : t("no");
  if (field === "memory_bytes") return sayBytes(value);
  if (field === "cpu_cores") return t("{count} cores", { count: value });
  if (SETS.has(field)) return typeof value === "number" ? sayCapabilities(value) : String(value);
  if (field === "holders") return sayHolders(value);
  if (field === "ports") return value.map(sayPort).join(", ") || t("none");
  if (field === "entered") return shortId(value);
  if (field === "nspid") return value.join(" › ");
  if (field === "type" && value in TYPE_WORDS)
    return `${TYPE_WORDS[/** @type {NamespaceType} */ (value)].name} (${value})`;
  if (field === "role" && value in ROLE_WORDS) return ROLE_WORDS[/** @type {Role} */ (value)].name;
  if (path === "container") return shortId(value);
  if (typeof value === "object" && !Array.isArray(value)) return sayRecord(value);
  return sayValue(
    typeof value === "string" && /^[0-9a-f]{8}:[a-z]+:/.test(value) ? value.split(":").slice(1).join(" ") : value,
  );
}

/** @param {Record<string, any>} record */
function sayRecord(record) {
  const set = Object.entries(record).filter(
    ([, value]) => value !== null && value !== "" && value !== false && !(Array.isArray(value) && !value.length),
  );
  return set.map(([name, value]) => `${nameOfField(name)} ${sayFact(name, value)}`).join(", ") || "—";
}

/**
 * What differs in a field; one that holds fields says which of them.
 * @param {string} field
 * @param {any} before
 * @param {any} after
 * @return {FieldChange[]}
 */
export function spread(field, before, after) {
  if (!isRecord(before) || !isRecord(after)) return [{ field, before, after }];
  return Object.keys({ ...before, ...after })
    .filter((name) => !isEqual(before[name], after[name]))
    .map((name) => ({ field: `${field} ${name}`, before: before[name], after: after[name] }));
}

/** @param {any} value */
const isRecord = (value) => value !== null && typeof value === "object" && !Array.isArray(value);

/** Fields that are derived from other facts, so they are not compared. */
const DERIVED = new Set(["processes"]);

/** Whether two facts are equal, apart from their derived fields. @param {any} a @param {any} b @return {boolean} */
export function isEqual(a, b) {
  if (a === b) return true;
  if (a === null || b === null || typeof a !== "object" || typeof b !== "object") return false;
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  for (const name of names)
    if (!(DERIVED.has(name) && typeof a[name] === "number") && !isEqual(a[name], b[name])) return false;
  return true;
}

/** @param {number} bytes */
export function sayBytes(bytes) {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let [value, unit] = [bytes, 0];
  for (; value >= 1024 && unit < units.length - 1; unit++) value /= 1024;
  const whole = value >= 100 || unit === 0 || Number.isInteger(value);
  return `${whole ? number(Math.round(value)) : value.toFixed(1)} ${units[unit]}`;
}

/** Any value as short text. @param {any} value @return {string} */
export function sayValue(value) {
  if (value === null || value === undefined || value === "") return "—";
  if (Array.isArray(value))
    return value.every((one) => typeof one !== "object") ? value.join(" ") || "—" : String(value.length);
  if (typeof value === "object") return sayRecord(value);
  return String(value);
}

const EVERYWHERE = new Set(["0.0.0.0", "::"]);
/** @type {Record<string, string>} */
const HEALTH = {
  starting: mark("starting: its check has not succeeded yet"),
  healthy: mark("healthy"),
  unhealthy: mark("unhealthy"),
};

/**
 * "exit 137, out of memory"; empty where nothing is known.
 * @param {{exit_code?: number|null, oom_killed?: boolean|null}} run
 */
export function sayEnd({ exit_code: code, oom_killed: killed }) {
  const told = [code === null || code === undefined ? null : t("exit {code}", { code }), killed && t("out of memory")];
  return told.filter(Boolean).join(", ");
}

/** "exited, exit 137, out of memory". @param {Container} container */
export function sayRun(container) {
  return [container.state || t("state unknown"), sayEnd(container), sick(container)].filter(Boolean).join(", ");
}

/** @param {Container} container */
const sick = ({ health }) => health && health in HEALTH && health !== "healthy" && t(HEALTH[health]);

/** Null where it has no check, or none is known. @param {Container} container */
export function sayHealth({ health }) {
  return !health || health === "none" ? null : health in HEALTH ? t(HEALTH[health]) : health;
}

/** "8080→80/tcp", with the address before it where it is not every one. @param {Port} port */
export function sayPort(port) {
  const host = port.host_ip.includes(":") ? `[${port.host_ip}]` : port.host_ip;
  const outside = EVERYWHERE.has(port.host_ip) ? String(port.host_port) : `${host}:${port.host_port}`;
  return `${outside}→${port.container_port}/${port.protocol}`;
}

/** The container and the port that a docker-proxy serves. @param {State} state @param {number} pid */
export function servedBy(state, pid) {
  for (const container of state.containers.values())
    for (const port of container.ports ?? []) if (port.proxy === pid) return { container, port };
  return null;
}
