/** The feed: what happens on the host, newest first, in a drawer below the view. */

import { fits, linesOf } from "../model/feed.js";
import { byId, fill, h } from "../base/dom.js";
import { mark, plural, t } from "../base/i18n.js";
import { earlierButton, emptyNote, lineList, routine } from "./feed-list.js";
import { shortId } from "../base/short-name.js";

/**
 * @typedef {import("../page/page.js").Page} Page
 * @typedef {import("../page/time-travel.js").TimeTravel} TimeTravel
 * @typedef {import("../model/feed.js").Entry} Entry
 * @typedef {{app: HTMLElement, drawer: HTMLElement, opener: HTMLElement}} Elements
 * @typedef {ReturnType<typeof makeParts>} Parts
 *
 * @typedef {object} BarHandlers
 * @property {(group: string) => void} onGroup
 * @property {(container: string) => void} onContainer
 * @property {(text: string) => void} onText
 * @property {() => void} onNews
 * @property {() => void} onClose
 */

const ENTRIES_AT_ONCE = 100;
const TOP_PX = 4; // the list counts as scrolled beyond it
/** @type {Record<string, string>} */
const GROUP_WORDS = {
  "": mark("All"),
  containers: mark("Containers"),
  exec: mark("Exec"),
  sharing: mark("Sharing"),
  namespaces: mark("Namespaces"),
  host: mark("Host and agent"),
};

/** The elements that the drawer holds. @param {BarHandlers} handlers */
function makeParts({ onGroup, onContainer, onText, onNews, onClose }) {
  const containers = h("select", {
    class: "feed-container",
    "aria-label": t("Container"),
    change: () => onContainer(containers.value),
  });
  const text = h("input", {
    type: "search",
    class: "feed-text",
    placeholder: t("Filter"),
    "aria-label": t("Filter what happened"),
    autocomplete: "off",
    spellcheck: "false",
    input: () => onText(text.value.trim()),
  });
  return {
    containers,
    text,
    groups: groupButtons(onGroup),
    count: h("span", { class: "feed-unseen", hidden: true }),
    news: h("button", { type: "button", class: "button small feed-news", hidden: true, click: onNews }),
    list: h("div", {
      class: "feed-list",
      tabindex: "0",
      role: "feed",
      "aria-label": t("What happened, newest first"),
    }),
    close: closeButton(onClose),
  };
}

/** @param {(group: string) => void} onGroup */
function groupButtons(onGroup) {
  return h(
    "div",
    { class: "segmented small", role: "group", "aria-label": t("What happened") },
    Object.entries(GROUP_WORDS).map(([group, words]) =>
      h(
        "button",
        { type: "button", "data-group": group, "aria-pressed": String(group === ""), click: () => onGroup(group) },
        t(words),
      ),
    ),
  );
}

/** @param {() => void} onClose */
function closeButton(onClose) {
  return h(
    "button",
    {
      type: "button",
      class: "icon-button",
      "aria-label": t("Close the feed (E)"),
      title: t("Close (E)"),
      click: onClose,
    },
    "×",
  );
}

/**
 * Names for the containers of entries. The kernel's events come before the engine gives the container's name, so an
 * entry may hold only the short id.
 */
class ContainerNames {
  /** @type {Map<string, string>} */
  #names = new Map();
  /** Whether the last pass met a container whose name is not known yet. */
  missing = false;

  /** @param {Page} page */
  constructor(page) {
    this.page = page;
  }

  forget() {
    this.#names.clear();
  }

  /** The entries, each with its container's name where the name is known now. @param {Entry[]} entries */
  name(entries) {
    return entries.map((entry) => this.#nameOne(entry));
  }

  /** @param {Entry} entry @return {Entry} */
  #nameOne(entry) {
    const id = entry.container ?? "";
    const short = shortId(id);
    if (!short || entry.where !== short) return entry;
    const name = this.page.store.state?.containers.get(id)?.name || this.#names.get(id);
    if (!name) {
      this.missing = true;
      return entry;
    }
    this.#names.set(id, name); // the container may be removed soon
    return { ...entry, where: name, name: entry.name === short ? name : entry.name };
  }
}

/** The drawer's state: what is filtered, what is read, and what came while it was closed or scrolled away. */
class FeedPanel {
  #filter = { group: "", container: "", text: "" };
  /** Names of the lines that the reader opened. @type {Set<string>} */
  #unfolded = new Set();
  /** Entries that came since the drawer was last open. */
  #unseen = 0;
  /** Entries that came while the reader reads: they are counted and not yet shown. */
  #waiting = 0;
  #hovering = false;
  #reading = false;
  #problem = "";
  #wasLive = true;
  #wasAway = false;

  /** @param {Page} page @param {TimeTravel} timeTravel @param {Elements} elements */
  constructor(page, timeTravel, elements) {
    this.page = page;
    this.timeTravel = timeTravel;
    this.elements = elements;
    this.names = new ContainerNames(page);
    this.parts = makeParts({
      onGroup: (group) => this.#chooseGroup(group),
      onContainer: (container) => this.#narrow({ container }),
      onText: (text) => this.#narrow({ text }),
      onNews: () => {
        this.parts.list.scrollTop = 0;
        this.#show();
      },
      onClose: () => this.open(false),
    });
    this.#place();
    this.#listen();
    this.#turn();
    this.#showCounts();
  }

  /** @param {boolean} wanted */
  open(wanted) {
    const { page, elements } = this;
    page.view.feed = wanted;
    page.keepUrl();
    page.emit("view");
    if (wanted) this.parts.list.focus({ preventScroll: true });
    else if (elements.drawer.contains(document.activeElement)) elements.opener.focus();
  }

  toggle() {
    this.open(!this.page.view.feed);
  }

  #place() {
    const { groups, containers, text, close, news, list, count } = this.parts;
    const { drawer, opener } = this.elements;
    opener.append(count);
    opener.addEventListener("click", () => this.toggle());
    drawer.append(
      h("div", { class: "feed-bar" }, h("h2", null, t("Feed")), groups, containers, text, close),
      news,
      list,
    );
    list.addEventListener("pointerenter", () => (this.#hovering = true));
    list.addEventListener("pointerleave", () => {
      this.#hovering = false;
      if (!this.#isHeld()) this.#show();
    });
    list.addEventListener("scroll", () => {
      if (this.#waiting && list.scrollTop < TOP_PX && !this.#hovering) this.#show();
    });
  }

  #listen() {
    const { page } = this;
    page.on("view", () => this.#turn());
    page.on("state", () => {
      if (this.names.missing && page.view.feed && !this.#isHeld()) this.#show();
    });
    page.on("moment", () => page.view.feed && this.#show());
    page.on("host", () => this.#forgetHost());
    page.on("feed", () => this.#receive(page.newEntries));
    page.on("hosts", () => this.#readAfterAbsence());
    page.on("connection", () => this.#readAfterReconnect());
  }

  /** Whether the list must not move, because somebody reads it. */
  #isHeld() {
    return this.#hovering || this.parts.list.scrollTop > TOP_PX;
  }

  #forgetHost() {
    this.#unseen = this.#waiting = 0;
    this.names.forget();
    [this.#filter.container, this.#problem] = ["", ""];
    this.#showCounts();
    if (this.page.view.feed) setTimeout(() => !this.page.feed.known && void this.#read(), 0);
  }

  /** An agent that stops or comes back is in the feed and not among the changes of the host. */
  #readAfterAbsence() {
    const away = this.page.row?.away ?? false;
    if (away !== this.#wasAway && this.page.feed.known) void this.#read();
    this.#wasAway = away;
  }

  /** Entries that came while the connection was lost have to be read. */
  #readAfterReconnect() {
    const live = this.page.step === "live";
    if (live && !this.#wasLive && this.page.feed.known) void this.#read();
    this.#wasLive = live;
  }

  /** Show or hide the drawer, as the address says. */
  #turn() {
    const { feed } = this.page.view;
    const { app, drawer, opener } = this.elements;
    app.classList.toggle("with-feed", feed);
    drawer.hidden = !feed;
    opener.setAttribute("aria-expanded", String(feed));
    if (!feed) return;
    this.#unseen = 0;
    if (this.page.feed.known) this.#show();
    else void this.#read();
  }

  /** Read the newest entries. */
  async #read() {
    if (!this.timeTravel.api || this.#reading) return;
    const newest = this.page.feed.entries[0]?.seq ?? 0;
    this.#problem = "";
    await this.#ask({}, (answer) => this.page.feed.begin(answer));
    if (!newest || !this.#isHeld()) return this.#show();
    this.#waiting += this.page.feed.entries.filter((entry) => entry.seq > newest && fits(entry, this.#filter)).length;
    this.#showCounts();
  }

  async #readEarlier() {
    const { earlier } = this.page.feed;
    if (!this.timeTravel.api || earlier === null || this.#reading) return;
    await this.#ask({ before: String(earlier) }, (answer) => this.page.feed.extend(answer));
    const { list } = this.parts;
    const { scrollTop } = list;
    this.#show();
    list.scrollTop = scrollTop;
  }

  /**
   * Ask the server for entries; an answer that belongs to another host by now is dropped.
   * @param {Record<string, string>} options
   * @param {(answer: any) => void} take
   */
  async #ask(options, take) {
    const { api } = this.timeTravel;
    if (!api) return;
    this.#reading = true;
    try {
      const answer = await api.events({ limit: String(ENTRIES_AT_ONCE), ...options });
      if (api === this.timeTravel.api) take(answer);
    } catch (error) {
      this.#problem = error instanceof Error ? error.message : String(error);
    }
    this.#reading = false;
  }

  /** @param {Entry[]} entries */
  #receive(entries) {
    const fresh = entries.filter((entry) => !entry.noise && fits(entry, this.#filter)).length;
    const open = this.page.view.feed;
    if (!open) this.#unseen += fresh;
    else if (this.#isHeld()) this.#waiting += fresh;
    if (open && !this.#isHeld()) this.#show();
    else this.#showCounts();
  }

  /** Show what also fits this. @param {Partial<{group: string, container: string, text: string}>} filter */
  #narrow(filter) {
    Object.assign(this.#filter, filter);
    this.#show();
  }

  /** @param {string} group */
  #chooseGroup(group) {
    for (const button of this.parts.groups.children)
      button.setAttribute("aria-pressed", String(button.getAttribute("data-group") === group));
    this.#narrow({ group });
  }

  #showCounts() {
    const { count, news } = this.parts;
    count.hidden = this.#unseen === 0;
    count.textContent = this.#unseen > 99 ? "99+" : String(this.#unseen);
    news.hidden = this.#waiting === 0;
    news.textContent = plural(this.#waiting, "{count} new", "{count} new");
  }

  #show() {
    const { feed, view } = this.page;
    if (view.feed) this.#waiting = 0;
    this.#showCounts();
    if (!view.feed) return;
    this.#showContainers();
    this.names.missing = false;
    const [entries, noise] = [this.names.name(feed.entries), this.names.name(feed.noise)];
    const lines = linesOf(entries.filter((entry) => fits(entry, this.#filter)));
    const fitting = noise.filter((entry) => fits(entry, this.#filter));
    const context = this.#listContext();
    fill(
      this.parts.list,
      this.#problem && h("p", { class: "feed-problem warn" }, this.#problem),
      fitting.length > 0 && routine(fitting, context),
      lines.length > 0 && lineList(lines, context),
      feed.known && !lines.length && emptyNote(entries.length + noise.length > 0),
      !feed.known && !this.#problem && h("p", { class: "feed-note muted" }, t("Reading…")),
      feed.known && feed.earlier !== null && earlierButton(() => void this.#readEarlier()),
    );
  }

  /** @return {import("./feed-list.js").ListContext} */
  #listContext() {
    return {
      zone: this.timeTravel.zone,
      at: this.page.view.at,
      isUnfolded: (name) => this.#unfolded.has(name),
      onUnfold: (name) => {
        if (!this.#unfolded.delete(name)) this.#unfolded.add(name);
        this.#show();
      },
      onMoment: (entry) => this.#visit(entry),
      onThing: (entry) => {
        const key = entry.key || entry.container || "";
        if (this.#knows(key)) this.page.select(key);
        else this.#visit(entry);
      },
    };
  }

  /** The choice of containers: those of the entries that were read. */
  #showContainers() {
    const { feed } = this.page;
    const { containers } = this.parts;
    const names = new Map(
      [...feed.entries, ...feed.noise]
        .filter(({ container, where }) => container !== null && where)
        .map(({ container, where }) => [String(container), where]),
    );
    if (containers.childElementCount === names.size + 1) return;
    fill(
      containers,
      h("option", { value: "" }, t("Every container")),
      [...names].sort((a, b) => a[1].localeCompare(b[1])).map(([id, name]) => h("option", { value: id }, name)),
    );
    containers.value = this.#filter.container;
  }

  /** Whether the state that is shown has this thing. @param {string} key */
  #knows(key) {
    const { state } = this.page;
    return Boolean(state && (state.processes.has(key) || state.containers.has(key) || state.namespaces.has(key)));
  }

  /** Go to the moment of an entry, with what it is about selected. @param {Entry} entry */
  #visit(entry) {
    const key = entry.key || entry.container;
    if (key) this.page.select(key, false);
    this.timeTravel.go({ mode: "past", seq: entry.seq });
  }
}

/** The drawer and the button that opens it. @param {Page} page @param {TimeTravel} timeTravel */
export function createFeedDrawer(page, timeTravel) {
  return new FeedPanel(page, timeTravel, { app: byId("app"), drawer: byId("feed"), opener: byId("feed-open") });
}
