/** Deletes a host, and says how far that is: the rows of a long history take minutes. */

import { t } from "../../base/i18n.js";

const LOOK_MS = 1000;

/**
 * @param {{id: string, hostname: string}} row
 * @param {object} around
 * @param {Pick<import("../../net/api.js").Api, "forget"|"left">|null} around.api
 * @param {(text: string) => void} around.say
 * @param {() => Promise<void>} around.onDeleted  the host is gone from every list
 * @param {(ms: number) => Promise<void>} around.wait
 */
export async function deleteHost(row, { api, say, onDeleted, wait }) {
  const host = row.hostname || row.id;
  if (!api) return;
  try {
    const { rows } = await api.forget();
    await onDeleted();
    for (let left = rows; left > 0; left = await api.left()) {
      say(
        t("Deleting {host}: {percent} % is done", {
          host,
          percent: Math.floor((1 - left / Math.max(rows, left)) * 100),
        }),
      );
      await wait(LOOK_MS);
    }
    say(t("{host} is deleted.", { host }));
  } catch (error) {
    say(error instanceof Error ? error.message : String(error));
  }
}
