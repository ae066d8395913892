/** Asks the agent for a snapshot now, and reports when it is in history. */

import { t } from "../../base/i18n.js";

/**
 * @param {object} options
 * @param {string} options.url
 * @param {string} options.token  against forged requests
 * @param {(text: string) => void} options.say
 * @param {(taken: {id?: number, seq: number}) => void} [options.onTaken]
 * @param {(url: string, init?: RequestInit) => Promise<Response>} options.fetch
 * @param {(ms: number) => Promise<void>} options.wait
 */
export async function takeSnapshot({ url, token, say, onTaken = () => {}, fetch, wait }) {
  try {
    const asked = await fetch(url, {
      method: "POST",
      credentials: "same-origin",
      headers: { "X-CSRFToken": token, Accept: "application/json" },
    });
    if (asked.status === 409)
      return say((await asked.json().catch(() => null))?.detail ?? t("The server answered {status}.", { status: 409 }));
    if (asked.status === 403) return say(t("You may not ask for snapshots."));
    if (!asked.ok) return say(t("The server answered {status}.", { status: asked.status }));
    const { requested_at } = await asked.json();
    say(t("Snapshot asked for…"));
    for (let attempt = 0; attempt < 20; attempt++) {
      await wait(500);
      const answer = await fetch(url, { credentials: "same-origin", headers: { Accept: "application/json" } });
      if (!answer.ok) break;
      const taken = findTaken(await answer.json(), requested_at);
      if (!taken) continue;
      say(t("Snapshot {seq} is taken and bookmarked.", { seq: String(taken.seq) }));
      return onTaken(taken);
    }
    say(t("Requested. The agent has not answered yet."));
  } catch {
    say(t("The server cannot be reached."));
  }
}

/**
 * The snapshot that answers a request. Pure.
 * @param {{id?: number, seq: number, taken_at: string, requested_at?: string|null}[]} list
 * @param {string} requestedAt
 */
export function findTaken(list, requestedAt) {
  const asked = Date.parse(requestedAt);
  return (
    list.find((entry) => entry.requested_at === requestedAt && entry.taken_at) ??
    list.find((entry) => Date.parse(entry.taken_at) >= asked)
  );
}
