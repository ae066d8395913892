/** The elements of one bookmark: a row of the list, or the form that edits it. */

import { h } from "../../base/dom.js";
import { sayAgo, sayMoment } from "../../base/times.js";
import { t } from "../../base/i18n.js";

/**
 * @typedef {import("../../net/api.js").Snapshot} Bookmark
 *
 * @typedef {object} RowHandlers
 * @property {string} zone
 * @property {boolean} mayPin
 * @property {(seq: number) => void} onGo
 * @property {(seq: number) => void} onCompare  with the moment that is shown
 * @property {(bookmark: Bookmark) => void} onPin  pin it, or unpin it
 * @property {(bookmark: Bookmark) => void} onEdit
 * @property {(bookmark: Bookmark) => void} onDelete
 * @property {(seq: number) => string} exportUrl
 *
 * @typedef {{name: string, note: string, pinned: boolean}} Edited
 */

/** @param {Bookmark} bookmark */
const titleOf = ({ name, seq }) => name || t("Snapshot {seq}", { seq: String(seq) });

/** @param {Bookmark} bookmark @param {RowHandlers} handlers */
export function bookmarkRow(bookmark, handlers) {
  const { id, seq, note, pinned } = bookmark;
  const at = bookmark.taken_at ? Date.parse(bookmark.taken_at) : 0;
  const when = sayMoment(at, Date.now(), handlers.zone);
  return h(
    "li",
    { "data-bookmark": id, "data-seq": seq, class: pinned ? "bookmark-row pinned" : "bookmark-row" },
    pinButton(bookmark, handlers),
    h(
      "div",
      { class: "bookmark-what" },
      h(
        "button",
        {
          type: "button",
          class: "link bookmark-name",
          "data-focus": `go:${id}`,
          title: t("Look at this moment"),
          click: () => handlers.onGo(Number(seq)),
        },
        titleOf(bookmark),
      ),
      h("span", { class: "muted" }, `${when.local} · ${when.utc} · ${sayAgo(at, Date.now())}`),
      note && h("p", { class: "bookmark-note" }, note),
    ),
    tools(bookmark, handlers),
  );
}

/** @param {Bookmark} bookmark @param {RowHandlers} handlers */
function pinButton(bookmark, { mayPin, onPin }) {
  const { pinned } = bookmark;
  if (!mayPin || !bookmark.may_change)
    return h("span", { class: "pin-mark", title: pinned ? t("Pinned: never pruned") : null }, pinned ? "★" : "");
  return h(
    "button",
    {
      type: "button",
      class: "icon-button pin",
      "aria-pressed": pinned ? "true" : "false",
      "aria-label": pinned ? t("Unpin") : t("Pin"),
      title: pinned ? t("Pinned: never pruned. Unpin") : t("Pin: never prune"),
      "data-focus": `pin:${bookmark.id}`,
      click: () => onPin(bookmark),
    },
    pinned ? "★" : "☆",
  );
}

/** @param {Bookmark} bookmark @param {RowHandlers} handlers */
function tools(bookmark, { mayPin, onCompare, onEdit, onDelete, exportUrl }) {
  const seq = Number(bookmark.seq);
  const title = titleOf(bookmark);
  const button = (
    /** @type {string} */ name,
    /** @type {string} */ text,
    /** @type {Record<string, string|null>} */ says,
    /** @type {() => void} */ click,
  ) =>
    h(
      "button",
      { type: "button", class: name === "delete" ? "link danger" : "link", "data-do": name, ...says, click },
      text,
    );
  return h(
    "div",
    { class: "bookmark-tools" },
    button("compare", t("Compare"), { title: t("With the moment shown") }, () => onCompare(seq)),
    h(
      "a",
      {
        class: "link",
        "data-do": "export",
        href: exportUrl(seq),
        download: "",
        "aria-label": t("Export {title}", { title }),
      },
      t("Export"),
    ),
    bookmark.may_change &&
      button("edit", t("Edit"), { "aria-label": t("Rename {title}", { title }) }, () => onEdit(bookmark)),
    bookmark.may_change &&
      (mayPin || !bookmark.pinned) &&
      button("delete", t("Delete"), { "aria-label": t("Delete {title}", { title }) }, () => onDelete(bookmark)),
  );
}

/**
 * @param {Bookmark} bookmark @param {boolean} mayPin
 * @param {(edited: Edited) => void} onSave @param {() => void} onCancel
 */
export function bookmarkForm(bookmark, mayPin, onSave, onCancel) {
  const name = h("input", {
    name: "name",
    value: bookmark.name,
    maxlength: 120,
    placeholder: t("Snapshot {seq}", { seq: String(bookmark.seq) }),
    "aria-label": t("Name"),
    autocomplete: "off",
  });
  const note = h(
    "textarea",
    { name: "note", rows: 2, maxlength: 2000, placeholder: t("Why is it worth keeping?"), "aria-label": t("Note") },
    bookmark.note,
  );
  const pinned = h("input", { type: "checkbox", name: "pinned", checked: bookmark.pinned });
  const submit = (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    onSave({ name: name.value.trim(), note: note.value.trim(), pinned: pinned.checked });
  };
  return h(
    "li",
    { "data-bookmark": bookmark.id, "data-seq": bookmark.seq, class: "bookmark-row editing" },
    h(
      "form",
      { class: "bookmark-form", submit },
      name,
      note,
      mayPin && h("label", { class: "switch" }, pinned, t("Pinned: never pruned")),
      h(
        "div",
        { class: "form-tools" },
        h("button", { type: "submit", class: "button primary" }, t("Save")),
        h("button", { type: "button", class: "button", click: onCancel }, t("Cancel")),
      ),
    ),
  );
}
