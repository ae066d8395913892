/** The dialog of kept snapshots, and the button that keeps one. */

import { byId, csrfToken } from "../../base/dom.js";
import { createMarks } from "./list.js";
import { takeSnapshot } from "./take.js";
import { t } from "../../base/i18n.js";

/**
 * @param {import("../../page/page.js").Page} page
 * @param {import("../time/controls.js").Journey} journey
 * @param {import("../../widgets/toast.js").Toast} toast
 * @param {(id: string) => Promise<void>} onImported another host came with a file
 */
export function createSnapshots(page, journey, { say, offer }, onImported) {
  const dialog = /** @type {HTMLDialogElement} */ (byId("marks"));
  const marks = createMarks(byId("marks-body"), {
    api: () => journey.api,
    onGo: (seq) => leave(() => journey.go({ mode: "past", seq })),
    onCompare: (seq) => leave(() => void journey.compareMoments(seq, journey.seqHere())),
    say,
    onChanged: () => journey.reload(),
    seqs: () => journey.seqsOfSpan(),
    save: (url) => location.assign(url), // an attachment: the page stays
    onImported: (id) => void onImported(id).then(() => dialog.close()),
    admin: byId("app").dataset.admin === "yes",
    zone: journey.zone,
  });

  /** @param {() => void} then */
  function leave(then) {
    dialog.close();
    then();
  }

  /** @param {number|null} [id] to be named */
  function open(id = null) {
    dialog.showModal();
    void marks.open(id);
  }

  /** Live, a look at the host now; in the past, the moment that is looked at. A name may be given once it is kept. */
  async function take() {
    if (!page.view.host) return;
    if (page.arrived) return keepMoment();
    await takeSnapshot({
      url: `${byId("app").dataset.hostsUrl}/${encodeURIComponent(page.view.host)}/snapshots`,
      token: csrfToken(),
      say,
      onKept: ({ id }) => {
        journey.reload();
        if (id !== undefined) offer(t("Name it"), () => open(id));
      },
      fetch: (url, init) => fetch(url, init),
      wait: (ms) => new Promise((done) => setTimeout(done, ms)),
    });
  }

  async function keepMoment() {
    try {
      const kept = await journey.api?.mark({ seq: journey.seqHere() });
      journey.reload();
      open(kept?.id ?? null);
    } catch (error) {
      say(error instanceof Error ? error.message : String(error));
    }
  }

  byId("snapshot").addEventListener("click", take);
  byId("marks-open").addEventListener("click", () => open());
}
