/** Requests to the server about one host's history. A problem's message can be shown to the reader. No DOM. */

import { t } from "../base/i18n.js";

/**
 * @typedef {object} Moment
 * @property {number} seq
 * @property {string} taken_at
 * @property {number|null} previous
 * @property {number|null} next
 * @property {{from: string, to: string}|null} away  the absence of the agent that it lies in
 *
 * @typedef {object} Snapshot  a bookmark
 * @property {number} id
 * @property {number|null} seq
 * @property {string|null} taken_at
 * @property {string} name
 * @property {string} note
 * @property {boolean} pinned
 * @property {string} requested_at
 * @property {boolean} may_change  the reader may edit and delete it
 *
 * @typedef {{name?: string, note?: string, pinned?: boolean}} Bookmark  the fields that a reader may change
 *
 * @typedef {object} LifeEntry
 * @property {number} seq
 * @property {string} at
 * @property {number|null} until_seq
 * @property {string|null} until_at
 * @property {Record<string, any>} facts
 * @property {string[]} changed
 * @property {import("../model/field-text.js").FieldChange[]} changes  what differs from what was known before
 * @property {string[]} completed  fields that are known for the first time
 * @property {string[]} unknown  fields that were known, and are not now
 *
 * @typedef {object} LeftBehind  a container in a namespace that another one has left
 * @property {string} type
 * @property {string} other_name
 * @property {string|null} since  the first snapshot that shows it
 * @property {string|null} joined  the last snapshot that shows both together
 * @property {string} mend  what to do about it, with the command
 *
 * @typedef {object} LifeMember
 * @property {string} key
 * @property {number} pid
 * @property {string} comm
 * @property {string|null} container
 * @property {string|null} name
 * @property {number} from_seq
 * @property {string} from_at
 * @property {number|null} until_seq
 * @property {string|null} until_at
 * @property {boolean} [check]  it belongs to the health check of its container
 *
 * @typedef {object} Life
 * @property {string} kind
 * @property {string} key
 * @property {string} title
 * @property {boolean} alive
 * @property {LifeEntry[]} entries
 * @property {boolean} [more_entries]
 * @property {LifeMember[]} members
 * @property {boolean} [more_members]
 * @property {LeftBehind[]} [left]  of a container: where it is left behind at the moment asked for
 */

/** The server refused a request; the message says why. */
export class Problem extends Error {
  /** @param {string} text @param {number} status */
  constructor(text, status) {
    super(text);
    this.status = status;
  }
}

/**
 * @param {string} base  the address of all hosts
 * @param {string} host
 * @param {() => string} token  against forged requests
 * @param {(url: string, init?: RequestInit) => Promise<Response>} fetch
 */
export function createApi(base, host, token, fetch) {
  return new Api(base, host, token, fetch);
}

export class Api {
  /**
   * @param {string} base
   * @param {string} host
   * @param {() => string} token
   * @param {(url: string, init?: RequestInit) => Promise<Response>} fetch
   */
  constructor(base, host, token, fetch) {
    this.base = base;
    this.url = `${base}/${encodeURIComponent(host)}`;
    this.token = token;
    this.fetch = fetch;
  }

  /** The whole state that held at a seq, with the seq of its snapshot. @param {number} asked */
  async state(asked) {
    const answer = await this.#ask(`${this.url}/state?at=${asked}`);
    return { whole: await answer.json(), seq: Number(answer.headers.get("X-Isoscope-Seq")) || asked };
  }

  /**
   * @param {{from: number, to: number}|null} span
   * @param {number} buckets
   * @return {Promise<import("../model/time-scale.js").Timeline>}
   */
  timeline(span, buckets) {
    const query = new URLSearchParams({ buckets: String(buckets) });
    if (span) {
      query.set("from", new Date(span.from).toISOString());
      query.set("to", new Date(span.to).toISOString());
    }
    return this.#read(`timeline?${query}`);
  }

  /**
   * Means of what the host used.
   * @param {string} from
   * @param {string} to
   * @param {number} points  at most so many
   * @return {Promise<{points: import("../model/time-scale.js").VitalsPoint[]}>}
   */
  vitals(from, to, points) {
    return this.#read(`vitals?${new URLSearchParams({ from, to, points: String(points) })}`);
  }

  /** What needs attention now. @return {Promise<{needs: import("../model/needs.js").Need[]}>} */
  attention() {
    return this.#read("attention");
  }

  /** @param {string|number} at @param {string} zone @return {Promise<Moment>} */
  moment(at, zone) {
    return this.#read(`moment?${new URLSearchParams({ at: String(at), zone })}`);
  }

  /** @param {number} from @param {number} to @param {boolean} [all]  whether noise is listed as well */
  report(from, to, all = false) {
    return this.#read(`compare/report?${pairQuery(from, to, { format: "json", all: String(all) })}`);
  }

  /**
   * @param {number} from
   * @param {number} to
   * @param {"json"|"csv"|"markdown"} format
   * @param {string} zone
   * @param {boolean} all
   */
  reportUrl(from, to, format, zone, all) {
    return `${this.url}/compare/report?${pairQuery(from, to, { format, zone, all: String(all) })}`;
  }

  /** @param {string} form  svg, png, mmd, dot, drawio @param {string} query  see picture/options.js */
  pictureUrl(form, query) {
    return `${this.url}/picture.${form}?${query}`;
  }

  /**
   * Entries of the feed, newest first.
   * @param {Record<string, string>|[string, string][]} asked
   * @return {Promise<import("../model/feed.js").FeedPage>}
   */
  events(asked) {
    return this.#read(`events?${new URLSearchParams(asked)}`);
  }

  /**
   * @param {string} kind
   * @param {string} key
   * @param {number|null} [at]  the snapshot whose `left` is asked for; null: the newest
   * @return {Promise<Life>}
   */
  life(kind, key, at = null) {
    return this.#read(`life/${kind}?${new URLSearchParams(at === null ? { key } : { key, at: String(at) })}`);
  }

  /** The bookmarks. @return {Promise<Snapshot[]>} */
  snapshots() {
    return this.#read("snapshots");
  }

  /** Make a bookmark. @param {Bookmark & {seq?: number}} body @return {Promise<Snapshot>} */
  mark(body) {
    return this.#send("POST", `${this.url}/snapshots`, body);
  }

  /** Change a bookmark. @param {number} id @param {Bookmark} body */
  change(id, body) {
    return this.#send("PATCH", `${this.url}/snapshots/${id}`, body);
  }

  /** Remove a bookmark. @param {number} id */
  remove(id) {
    return this.#send("DELETE", `${this.url}/snapshots/${id}`);
  }

  /**
   * The snapshots between two as a file; all of history where none is given.
   * @param {{from: number, to: number}|null} seqs
   */
  exportUrl(seqs) {
    return seqs ? `${this.url}/export?from=${seqs.from}&to=${seqs.to}` : `${this.url}/export`;
  }

  /** Delete the host with all of its history. @return {Promise<{rows: number}>} */
  forget() {
    return this.#send("DELETE", this.url);
  }

  /** How many rows of the host that is being deleted are left; 0 once it is gone. */
  async left() {
    try {
      return /** @type {number} */ ((await this.#read("deletion")).rows);
    } catch (error) {
      if (error instanceof Problem && error.status === 404) return 0;
      throw error;
    }
  }

  /** Import a file of snapshots. @param {File} file @return {Promise<{id: string}>} */
  bring(file) {
    const form = new FormData();
    form.set("file", file);
    return this.#send("POST", `${this.base.replace(/\/hosts$/, "")}/import`, form);
  }

  /** @param {string} path  below the host's address */
  async #read(path) {
    return (await this.#ask(`${this.url}/${path}`)).json();
  }

  /** @param {string} url @param {RequestInit} [init] */
  async #ask(url, init = {}) {
    const headers = { Accept: "application/json", ...init.headers };
    const answer = await this.fetch(url, { credentials: "same-origin", ...init, headers });
    if (!answer.ok) throw new Problem(await whyNot(answer), answer.status);
    return answer;
  }

  /** @param {string} method @param {string} url @param {any} [body]  a form, or what is sent as JSON */
  async #send(method, url, body) {
    const isForm = body instanceof FormData;
    /** @type {Record<string, string>} */
    const headers = { "X-CSRFToken": this.token() };
    if (!isForm) headers["Content-Type"] = "application/json";
    const content = body === undefined || isForm ? body : JSON.stringify(body);
    const answer = await this.#ask(url, { method, headers, body: content });
    return answer.status === 204 ? null : answer.json();
  }
}

/** @param {number} from @param {number} to @param {Record<string, string>} more */
const pairQuery = (from, to, more) => new URLSearchParams({ from: String(from), to: String(to), ...more });

/** @param {Response} answer */
async function whyNot(answer) {
  if (answer.status === 401) return t("You are signed out.");
  try {
    const { detail } = await answer.json();
    if (typeof detail === "string" && detail) return detail;
    if (Array.isArray(detail)) return detail.map((one) => one.msg ?? String(one)).join("; ");
  } catch {
    // The answer contains no message.
  }
  return answer.status === 403
    ? t("You may not do that.")
    : t("The server answered {status}.", { status: answer.status });
}
