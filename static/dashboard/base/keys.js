/** The keyboard: which key does what, and what Escape undoes first. */

/** @typedef {ReturnType<typeof createKeys>} Keys */

/** @param {EventTarget|null} target */
function isTyping(target) {
  return (
    (target instanceof HTMLInputElement && target.type !== "checkbox") ||
    target instanceof HTMLTextAreaElement ||
    target instanceof HTMLSelectElement
  );
}

/** @param {(event: KeyboardEvent) => boolean} onOther  of the view that is shown; it is called first */
export function createKeys(onOther) {
  /** @type {Map<string, () => void>} */
  const bound = new Map();
  /** @type {((typing: boolean) => boolean)[]} */
  const escapes = [];

  document.addEventListener("keydown", (event) => {
    if (document.querySelector("dialog[open]")) return;
    const typing = isTyping(event.target);
    if (event.key === "Escape") return void escapes.some((undo) => undo(typing));
    if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
    const run = onOther(event) ? () => {} : bound.get(event.key);
    if (!run) return;
    event.preventDefault();
    run();
  });

  return {
    /** @param {Record<string, () => void>} keys */
    bind(keys) {
      for (const [key, run] of Object.entries(keys)) bound.set(key, run);
    },
    /**
     * What Escape does. Handlers run in the order in which they were bound, until one had something to undo.
     * @param {(typing: boolean) => boolean} undo
     */
    onEscape(undo) {
      escapes.push(undo);
    },
  };
}
