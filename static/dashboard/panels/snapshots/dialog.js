/** The dialog of bookmarks, and the button that takes a snapshot or bookmarks the moment that is shown. */

import { byId, csrfToken } from "../../base/dom.js";
import { BookmarkList } from "./list.js";
import { deleteHost } from "./delete-host.js";
import { takeSnapshot } from "./take.js";
import { t } from "../../base/i18n.js";

/** @param {number} ms @return {Promise<void>} */
const wait = (ms) => new Promise((done) => setTimeout(done, ms));

/**
 * @param {import("../../page/page.js").Page} page
 * @param {import("../../page/time-travel.js").TimeTravel} timeTravel
 * @param {import("../../widgets/toast.js").Toast} toast
 * @param {(id: string) => Promise<void>} onImported another host came with a file
 * @param {() => Promise<void>} onDeleted the host that was shown is gone
 */
export function createBookmarks(page, timeTravel, { say, offer }, onImported, onDeleted) {
  const dialog = /** @type {HTMLDialogElement} */ (byId("bookmarks"));
  const list = new BookmarkList(byId("bookmarks-body"), {
    api: () => timeTravel.api,
    onGo: (seq) => leave(() => timeTravel.go({ mode: "past", seq })),
    onCompare: (seq) => leave(() => void timeTravel.compareMoments(seq, timeTravel.seqHere())),
    say,
    onChanged: () => timeTravel.reload(),
    seqs: () => timeTravel.seqsOfSpan(),
    save: (url) => location.assign(url), // an attachment: the page stays
    onImported: (id) => void onImported(id).then(() => dialog.close()),
    admin: byId("app").dataset.admin === "yes",
    mayPin: byId("app").dataset.mayPin === "yes",
    host: () => page.row ?? null,
    onDelete: (host) => leave(() => void deleteHost(host, { api: timeTravel.api, say, onDeleted, wait })),
    zone: timeTravel.zone,
  });

  /** @param {() => void} then */
  function leave(then) {
    dialog.close();
    then();
  }

  /** @param {number|null} [id]  of the bookmark to name */
  function open(id = null) {
    dialog.showModal();
    void list.open(id);
  }

  /** Live, ask the agent for a snapshot; in the past, bookmark the moment that is shown. It can be named after that. */
  async function take() {
    if (!page.view.host) return;
    if (page.arrived) return bookmarkMoment();
    await takeSnapshot({
      url: `${byId("app").dataset.hostsUrl}/${encodeURIComponent(page.view.host)}/snapshots`,
      token: csrfToken(),
      say,
      onTaken: ({ id }) => {
        timeTravel.reload();
        if (id !== undefined) offer(t("Name it"), () => open(id));
      },
      fetch: (url, init) => fetch(url, init),
      wait,
    });
  }

  async function bookmarkMoment() {
    try {
      const bookmark = await timeTravel.api?.mark({ seq: timeTravel.seqHere() });
      timeTravel.reload();
      open(bookmark?.id ?? null);
    } catch (error) {
      say(error instanceof Error ? error.message : String(error));
    }
  }

  byId("snapshot").addEventListener("click", take);
  byId("bookmarks-open").addEventListener("click", () => open());
}
