/** The kept snapshots: names, notes, pins; and history as a file, out and in. */

import { fill, h } from "../../base/dom.js";
import { sayAgo, sayMoment } from "../../base/times.js";
import { t } from "../../base/i18n.js";

/**
 * @typedef {import("../../net/api.js").Snapshot} Snapshot
 *
 * @typedef {object} MarksHandlers
 * @property {() => import("../../net/api.js").Api|null} api
 * @property {(seq: number) => void} onGo
 * @property {(seq: number) => void} onCompare  with now
 * @property {(text: string) => void} say
 * @property {() => void} onChanged
 * @property {() => Promise<{from: number, to: number}|null>} seqs  first and last snapshot of what the timeline shows
 * @property {(url: string) => void} save
 * @property {(id: string) => void} onImported
 * @property {boolean} admin
 * @property {string} zone
 */

/** @param {HTMLElement} element @param {MarksHandlers} handlers */
export function createMarks(element, handlers) {
  /** @type {Snapshot[]} */
  let list = [];
  /** @type {number|null} */
  let editing = null;
  let problem = "";

  /** Do it, show the list as the server has it then, and say what it refused. @param {() => Promise<any>} act */
  async function attempt(act) {
    problem = "";
    try {
      await act();
      editing = null;
      handlers.onChanged();
    } catch (error) {
      problem = error instanceof Error ? error.message : String(error);
    }
    await refresh();
  }

  async function refresh() {
    const api = handlers.api();
    if (!api) return;
    try {
      list = await api.snapshots();
    } catch (error) {
      problem = error instanceof Error ? error.message : String(error);
    }
    show();
  }

  function show() {
    const rows = list.filter((one) => one.seq !== null);
    const waiting = list.length - rows.length;
    fill(
      element,
      problem && h("p", { class: "problem", role: "alert", id: "marks-problem" }, problem),
      rows.length
        ? h(
            "ul",
            { class: "marks" },
            rows.map((one) => (one.id === editing ? form(one) : row(one))),
          )
        : h(
            "p",
            { class: "hint" },
            t("No snapshot is kept yet. “Snapshot” keeps the moment you look at; pinned ones are never pruned."),
          ),
      waiting > 0 &&
        h("p", { class: "hint" }, t("{count} more asked for: the agent’s next look fulfils it.", { count: waiting })),
      carry(),
    );
    /** @type {HTMLInputElement|null} */ (element.querySelector("input[name=name]"))?.focus();
  }

  /** @param {Snapshot} one */
  function row(one) {
    const at = one.taken_at ? Date.parse(one.taken_at) : 0;
    const when = sayMoment(at, Date.now(), handlers.zone);
    const seq = Number(one.seq);
    const title = one.name || t("Snapshot {seq}", { seq: String(seq) });
    return h(
      "li",
      { "data-mark": one.id, "data-seq": seq, class: one.pinned ? "mark-row pinned" : "mark-row" },
      h(
        "button",
        {
          type: "button",
          class: "icon-button pin",
          "aria-pressed": one.pinned ? "true" : "false",
          "aria-label": one.pinned ? t("Unpin") : t("Pin"),
          title: one.pinned ? t("Pinned: never pruned. Unpin") : t("Pin: never prune"),
          "data-focus": `pin:${one.id}`,
          click: () => attempt(() => api().change(one.id, { pinned: !one.pinned })),
        },
        one.pinned ? "★" : "☆",
      ),
      h(
        "div",
        { class: "mark-what" },
        h(
          "button",
          {
            type: "button",
            class: "link mark-name",
            "data-focus": `go:${one.id}`,
            title: t("Look at this moment"),
            click: () => handlers.onGo(seq),
          },
          title,
        ),
        h("span", { class: "muted" }, `${when.local} · ${when.utc} · ${sayAgo(at, Date.now())}`),
        one.note && h("p", { class: "mark-note" }, one.note),
      ),
      h(
        "div",
        { class: "mark-tools" },
        h(
          "button",
          {
            type: "button",
            class: "link",
            "data-do": "compare",
            title: t("With the moment you look at"),
            click: () => handlers.onCompare(seq),
          },
          t("Compare"),
        ),
        h(
          "a",
          {
            class: "link",
            "data-do": "export",
            href: handlers.api()?.exportUrl({ from: seq, to: seq }),
            download: "",
            "aria-label": t("Export {title}", { title }),
          },
          t("Export"),
        ),
        h(
          "button",
          {
            type: "button",
            class: "link",
            "data-do": "edit",
            "aria-label": t("Rename {title}", { title }),
            click: () => edit(one.id),
          },
          t("Edit"),
        ),
        h(
          "button",
          {
            type: "button",
            class: "link danger",
            "data-do": "delete",
            "aria-label": t("Delete {title}", { title }),
            click: () => attempt(() => api().remove(one.id)),
          },
          t("Delete"),
        ),
      ),
    );
  }

  /** @param {Snapshot} one */
  function form(one) {
    const name = h("input", {
      name: "name",
      value: one.name,
      maxlength: 120,
      placeholder: t("Snapshot {seq}", { seq: String(one.seq) }),
      "aria-label": t("Name"),
      autocomplete: "off",
    });
    const note = h(
      "textarea",
      { name: "note", rows: 2, maxlength: 2000, placeholder: t("Why is it worth keeping?"), "aria-label": t("Note") },
      one.note,
    );
    const pinned = h("input", { type: "checkbox", name: "pinned", checked: one.pinned });
    return h(
      "li",
      { "data-mark": one.id, "data-seq": one.seq, class: "mark-row editing" },
      h(
        "form",
        {
          class: "mark-form",
          submit: (event) => {
            event.preventDefault();
            void attempt(() =>
              api().change(one.id, { name: name.value.trim(), note: note.value.trim(), pinned: pinned.checked }),
            );
          },
        },
        name,
        note,
        h("label", { class: "switch" }, pinned, t("Pinned: never pruned")),
        h(
          "div",
          { class: "form-tools" },
          h("button", { type: "submit", class: "button primary" }, t("Save")),
          h("button", { type: "button", class: "button", click: () => edit(null) }, t("Cancel")),
        ),
      ),
    );
  }

  function carry() {
    const now = handlers.api();
    if (!now) return null;
    const file = h("input", {
      type: "file",
      id: "import-file",
      class: "unseen",
      "aria-label": t("A file of history"),
      change: () => bring(file),
    });
    return h(
      "section",
      { class: "carry" },
      h("h3", null, t("History as a file")),
      h(
        "div",
        { class: "form-tools" },
        h(
          "button",
          {
            type: "button",
            class: "button",
            id: "export-span",
            click: () => attempt(async () => handlers.save(now.exportUrl(await handlers.seqs()))),
          },
          t("Export what the timeline shows"),
        ),
        h("a", { class: "button", id: "export-all", href: now.exportUrl(null), download: "" }, t("Export everything")),
        handlers.admin &&
          h(
            "button",
            { type: "button", class: "button", id: "import", click: () => file.click() },
            t("Import a file…"),
          ),
        handlers.admin && file,
      ),
    );
  }

  /** @param {HTMLInputElement} file */
  function bring(file) {
    const chosen = file.files?.[0];
    if (!chosen) return;
    handlers.say(t("Importing {name}…", { name: chosen.name }));
    void attempt(async () => {
      const { id } = await api().bring(chosen);
      handlers.say(t("Imported: a host of its own, marked as such."));
      handlers.onImported(id);
    });
  }

  function api() {
    const now = handlers.api();
    if (!now) throw new Error(t("No host is chosen."));
    return now;
  }

  /** @param {number|null} id */
  function edit(id) {
    editing = id;
    problem = "";
    show();
  }

  return {
    /** @param {number|null} [id] to be named */
    async open(id = null) {
      editing = id;
      problem = "";
      show();
      await refresh();
    },
  };
}
