/** Questions to the server about one host's history. Problems come as sentences. No page. */

import { t } from "../base/i18n.js";

/**
 * @typedef {{seq: number, taken_at: string, previous: number|null, next: number|null, away: {from: string, to: string}|null}} Moment
 * @typedef {{id: number, seq: number|null, taken_at: string|null, name: string, note: string, pinned: boolean, requested_at: string}} Snapshot
 * @typedef {{seq: number, at: string, until_seq: number|null, until_at: string|null, facts: Record<string, any>, changed: string[]}} LifeEntry
 * @typedef {{key: string, pid: number, comm: string, container: string|null, name: string|null, from_seq: number, from_at: string, until_seq: number|null, until_at: string|null}} LifeMember
 * @typedef {{kind: string, key: string, title: string, alive: boolean, entries: LifeEntry[], more_entries?: boolean, members: LifeMember[], more_members?: boolean}} Life
 */

/** The server said no, and why. */
export class Problem extends Error {
  /** @param {string} text @param {number} status */
  constructor(text, status) {
    super(text);
    this.status = status;
  }
}

/** @typedef {ReturnType<typeof createApi>} Api */

/**
 * @param {string} base  the address of all hosts
 * @param {string} host
 * @param {() => string} token  against forged requests
 * @param {(url: string, init?: RequestInit) => Promise<Response>} fetch
 */
export function createApi(base, host, token, fetch) {
  const url = `${base}/${encodeURIComponent(host)}`;

  /** @param {string} path @param {RequestInit} [init] */
  async function ask(path, init = {}) {
    const answer = await fetch(path, {
      credentials: "same-origin",
      ...init,
      headers: { Accept: "application/json", ...init.headers },
    });
    if (!answer.ok) throw new Problem(await whyNot(answer), answer.status);
    return answer;
  }

  /** @param {string} method @param {string} path @param {any} [body] */
  async function tell(method, path, body) {
    const headers = {
      "X-CSRFToken": token(),
      ...(body instanceof FormData ? {} : { "Content-Type": "application/json" }),
    };
    const answer = await ask(path, {
      method,
      headers,
      body: body === undefined ? undefined : body instanceof FormData ? body : JSON.stringify(body),
    });
    return answer.status === 204 ? null : answer.json();
  }

  return {
    url,
    /** @param {number} seq */
    async state(seq) {
      const answer = await ask(`${url}/state?at=${seq}`);
      return { whole: await answer.json(), seq: Number(answer.headers.get("X-Isoscope-Seq")) || seq };
    },
    /** @param {{from: number, to: number}|null} span @param {number} buckets @return {Promise<import("../model/time-scale.js").Timeline>} */
    async timeline(span, buckets) {
      const query = new URLSearchParams({ buckets: String(buckets) });
      if (span) {
        query.set("from", new Date(span.from).toISOString());
        query.set("to", new Date(span.to).toISOString());
      }
      return (await ask(`${url}/timeline?${query}`)).json();
    },
    /** @param {string|number} at @param {string} zone @return {Promise<Moment>} */
    moment: async (at, zone) => (await ask(`${url}/moment?${new URLSearchParams({ at: String(at), zone })}`)).json(),
    /** @param {number} from @param {number} to @param {boolean} [all] noise is listed as well */
    report: async (from, to, all = false) =>
      (
        await ask(
          `${url}/compare/report?${new URLSearchParams({ from: String(from), to: String(to), format: "json", all: String(all) })}`,
        )
      ).json(),
    /** @param {number} from @param {number} to @param {"json"|"csv"|"markdown"} format @param {string} zone @param {boolean} all */
    reportUrl: (from, to, format, zone, all) =>
      `${url}/compare/report?${new URLSearchParams({ from: String(from), to: String(to), format, zone, all: String(all) })}`,
    /** @param {"svg"|"png"} form @param {string} query see picture-options.js */
    pictureUrl: (form, query) => `${url}/picture.${form}?${query}`,
    /** What happened, newest first. @param {Record<string, string>|[string, string][]} asked @return {Promise<import("../model/feed.js").Told>} */
    events: async (asked) => (await ask(`${url}/events?${new URLSearchParams(asked)}`)).json(),
    /** @param {string} kind @param {string} key @return {Promise<Life>} */
    life: async (kind, key) => (await ask(`${url}/life/${kind}?${new URLSearchParams({ key })}`)).json(),
    /** @return {Promise<Snapshot[]>} */
    snapshots: async () => (await ask(`${url}/snapshots`)).json(),
    /** @param {{name?: string, note?: string, pinned?: boolean, seq?: number}} body @return {Promise<Snapshot>} */
    mark: (body) => tell("POST", `${url}/snapshots`, body),
    /** @param {number} id @param {{name?: string, note?: string, pinned?: boolean}} body */
    change: (id, body) => tell("PATCH", `${url}/snapshots/${id}`, body),
    /** @param {number} id */
    remove: (id) => tell("DELETE", `${url}/snapshots/${id}`),
    /** The snapshots of a stretch as a file; all of history where none is given. @param {{from: number, to: number}|null} seqs */
    exportUrl: (seqs) => (seqs ? `${url}/export?from=${seqs.from}&to=${seqs.to}` : `${url}/export`),
    /** @param {File} file @return {Promise<{id: string}>} */
    bring(file) {
      const form = new FormData();
      form.set("file", file);
      return tell("POST", `${base.replace(/\/hosts$/, "")}/import`, form);
    },
  };
}

/** @param {Response} answer */
async function whyNot(answer) {
  if (answer.status === 401) return t("You are signed out.");
  try {
    const { detail } = await answer.json();
    if (typeof detail === "string" && detail) return detail;
    if (Array.isArray(detail)) return detail.map((one) => one.msg ?? String(one)).join("; ");
  } catch {
    // No sentence came with it.
  }
  return answer.status === 403
    ? t("You may not do that.")
    : t("The server answered {status}.", { status: answer.status });
}
