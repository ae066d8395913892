/** The list of bookmarks, each with a name and a note, and history as a file. */

import { fill, h } from "../../base/dom.js";
import { t } from "../../base/i18n.js";
import { bookmarkForm, bookmarkRow } from "./row.js";
import { deleteQuestion, transferSection } from "./transfer.js";

/**
 * @typedef {import("./row.js").Bookmark} Bookmark
 *
 * @typedef {object} BookmarkHandlers
 * @property {() => import("../../net/api.js").Api|null} api
 * @property {(seq: number) => void} onGo
 * @property {(seq: number) => void} onCompare  with the moment that is shown
 * @property {(text: string) => void} say
 * @property {() => void} onChanged
 * @property {() => Promise<{from: number, to: number}|null>} seqs  first and last snapshot of what the timeline shows
 * @property {(url: string) => void} save
 * @property {(id: string) => void} onImported
 * @property {boolean} admin
 * @property {boolean} mayPin
 * @property {() => import("../../model/types.js").HostRow|null} host  the one that is shown
 * @property {(host: import("../../model/types.js").HostRow) => void} onDelete
 * @property {string} zone
 */

export class BookmarkList {
  /** @type {Bookmark[]} */
  #bookmarks = [];
  /** The bookmark that is being edited. @type {number|null} */
  #editing = null;
  #problem = "";
  #asksToDelete = false;

  /** @param {HTMLElement} element @param {BookmarkHandlers} handlers */
  constructor(element, handlers) {
    this.element = element;
    this.handlers = handlers;
  }

  /** Show the list. @param {number|null} [id]  of the bookmark to edit */
  async open(id = null) {
    this.#edit(id);
    await this.#refresh();
  }

  /** @param {number|null} id */
  #edit(id) {
    this.#editing = id;
    this.#problem = "";
    this.#asksToDelete = false;
    this.#show();
  }

  /** Do something, then show what the server has, or why it refused. @param {() => Promise<any>} act */
  async #attempt(act) {
    this.#problem = "";
    try {
      await act();
      this.#editing = null;
      this.handlers.onChanged();
    } catch (error) {
      this.#problem = error instanceof Error ? error.message : String(error);
    }
    await this.#refresh();
  }

  async #refresh() {
    const api = this.handlers.api();
    if (!api) return;
    try {
      this.#bookmarks = await api.snapshots();
    } catch (error) {
      this.#problem = error instanceof Error ? error.message : String(error);
    }
    this.#show();
  }

  #show() {
    const taken = this.#bookmarks.filter(({ seq }) => seq !== null);
    const waiting = this.#bookmarks.length - taken.length;
    fill(
      this.element,
      this.#problem && h("p", { class: "problem", role: "alert", id: "bookmarks-problem" }, this.#problem),
      taken.length
        ? h(
            "ul",
            { class: "bookmarks" },
            taken.map((one) => this.#item(one)),
          )
        : noBookmarks(),
      !this.handlers.mayPin && h("p", { class: "hint", id: "pin-hint" }, PIN_HINT()),
      waiting > 0 &&
        h("p", { class: "hint" }, t("{count} more requested: the agent’s next scan takes it.", { count: waiting })),
      this.#transfer(),
    );
    /** @type {HTMLInputElement|null} */ (this.element.querySelector("input[name=name]"))?.focus();
  }

  /** @param {Bookmark} bookmark */
  #item(bookmark) {
    if (bookmark.id === this.#editing)
      return bookmarkForm(
        bookmark,
        this.handlers.mayPin,
        (edited) => void this.#attempt(() => this.#api().change(bookmark.id, edited)),
        () => this.#edit(null),
      );
    const { zone, mayPin, onGo, onCompare, api } = this.handlers;
    return bookmarkRow(bookmark, {
      zone,
      mayPin,
      onGo,
      onCompare,
      onPin: ({ id, pinned }) => void this.#attempt(() => this.#api().change(id, { pinned: !pinned })),
      onEdit: ({ id }) => this.#edit(id),
      onDelete: ({ id }) => void this.#attempt(() => this.#api().remove(id)),
      exportUrl: (seq) => api()?.exportUrl({ from: seq, to: seq }) ?? "",
    });
  }

  #transfer() {
    const api = this.handlers.api();
    if (!api) return null;
    const { save, seqs, admin, host, onDelete } = this.handlers;
    const row = host();
    if (row && this.#asksToDelete)
      return deleteQuestion(
        row.hostname || row.id,
        () => onDelete(row),
        () => this.#askToDelete(false),
      );
    return transferSection({
      exportAllUrl: api.exportUrl(null),
      mayImport: admin,
      onExportSpan: () => void this.#attempt(async () => save(api.exportUrl(await seqs()))),
      onImport: (file) => this.#import(file),
      onDelete: admin && row && (row.imported || row.away || row.problem) ? () => this.#askToDelete(true) : null,
    });
  }

  /** @param {boolean} asks */
  #askToDelete(asks) {
    this.#asksToDelete = asks;
    this.#show();
    this.element.querySelector(asks ? "#delete-really" : "#delete-host")?.scrollIntoView({ block: "nearest" });
    /** @type {HTMLElement|null} */ (
      this.element.querySelector(asks ? "[data-focus=cancel]" : "#delete-host")
    )?.focus();
  }

  /** @param {File} file */
  #import(file) {
    const { say, onImported } = this.handlers;
    say(t("Importing {name}…", { name: file.name }));
    void this.#attempt(async () => {
      const { id } = await this.#api().bring(file);
      say(t("Imported as a separate host."));
      onImported(id);
    });
  }

  #api() {
    const api = this.handlers.api();
    if (!api) throw new Error(t("No host is chosen."));
    return api;
  }
}

const PIN_HINT = () => t("Pinning, which keeps a snapshot for good, is for administrators and for whom they allow it.");

function noBookmarks() {
  return h(
    "p",
    { class: "hint" },
    t("There is no bookmark yet. “Snapshot” bookmarks the moment you look at; pinned ones are never pruned."),
  );
}
