/** The feed: what happened, newest first, as it happens; a drawer below the view. */

import { fits, isGrave, linesOf, sayEntry } from "../model/feed.js";
import { byId, fill, h } from "../base/dom.js";
import { mark, plural, t } from "../base/i18n.js";
import { sayClock, sayDay, sayMoment } from "../base/times.js";

/**
 * @typedef {import("../page/page.js").Page} Page
 * @typedef {import("./time/controls.js").Journey} Journey
 * @typedef {import("../model/feed.js").Entry} Entry
 * @typedef {import("../model/feed.js").Line} Line
 */

const PAGE = 100;
/** @type {Record<string, string>} */
const GROUP_WORDS = {
  "": mark("All"),
  containers: mark("Containers"),
  exec: mark("Exec"),
  sharing: mark("Sharing"),
  namespaces: mark("Namespaces"),
  host: mark("Host and agent"),
};
/** @type {Record<string, string>} */
const SIGNS = {
  "container-created": "+",
  "container-started": "▲",
  "container-stopped": "■",
  "container-restarted": "◆",
  "container-removed": "×",
  "container-renamed": "~",
  "container-reconfigured": "~",
  "container-changed": "~",
  exec: "›_",
  ran: "·",
  "sharing-began": "∞",
  "sharing-ended": "∞",
  "namespace-joined": "→",
  "namespace-created": "+",
  "namespace-left": "−",
  "namespace-recreated": "↻",
  boot: "⏻",
  "host-changed": "~",
  "gap-began": "?",
  "gap-ended": "?",
  "agent-away": "○",
  "agent-back": "●",
};

/**
 * @param {Page} page
 * @param {Journey} journey
 * @param {{app: HTMLElement, drawer: HTMLElement, opener: HTMLElement}} elements
 */
export function createFeedPanel(page, journey, { app, drawer, opener }) {
  const filter = { group: "", container: "", text: "" };
  /** Lines that the reader opened. @type {Set<string>} */
  const unfolded = new Set();
  let unseen = 0; // since the drawer was last open
  let waiting = 0; // came while the reader reads
  let hovering = false;
  let reading = false;
  let problem = "";
  let wasLive = true;
  let wasAway = false;

  const count = h("span", { class: "feed-unseen", hidden: true });
  const groups = h(
    "div",
    { class: "segmented small", role: "group", "aria-label": t("What happened") },
    Object.keys(GROUP_WORDS).map((name) =>
      h(
        "button",
        { type: "button", "data-group": name, "aria-pressed": String(name === ""), click: () => choose(name) },
        t(GROUP_WORDS[name]),
      ),
    ),
  );
  const containers = h("select", {
    class: "feed-container",
    "aria-label": t("Container"),
    change: () => {
      filter.container = containers.value;
      show();
    },
  });
  const text = h("input", {
    type: "search",
    class: "feed-text",
    placeholder: t("Filter"),
    "aria-label": t("Filter what happened"),
    autocomplete: "off",
    spellcheck: "false",
    input: () => {
      filter.text = text.value.trim();
      show();
    },
  });
  const news = h("button", { type: "button", class: "button small feed-news", hidden: true, click: toTop });
  const list = h("div", {
    class: "feed-list",
    tabindex: "0",
    role: "feed",
    "aria-label": t("What happened, newest first"),
  });
  const close = h(
    "button",
    {
      type: "button",
      class: "icon-button",
      "aria-label": t("Close the feed (E)"),
      title: t("Close (E)"),
      click: () => open(false),
    },
    "×",
  );

  opener.append(count);
  drawer.append(h("div", { class: "feed-bar" }, h("h2", null, t("Feed")), groups, containers, text, close), news, list);
  list.addEventListener("pointerenter", () => (hovering = true));
  list.addEventListener("pointerleave", () => {
    hovering = false;
    if (!held()) show();
  });
  list.addEventListener("scroll", () => waiting && list.scrollTop < 4 && !hovering && show());
  opener.addEventListener("click", () => open(!page.view.feed));

  /** @type {Map<string, string>} */
  const names = new Map();
  let unnamed = false; // something shown is of a container whose name is not known yet

  /** An engine tells the name of a container after the kernel's news of it. @param {Entry} entry @return {Entry} */
  function named(entry) {
    const short = entry.container?.slice(0, 12);
    if (!short || entry.where !== short) return entry;
    const id = entry.container ?? "";
    const name = page.store.state?.containers.get(id)?.name || names.get(id);
    if (name) names.set(id, name); // it may be removed soon
    unnamed ||= !name;
    return name ? { ...entry, where: name, name: entry.name === short ? name : entry.name } : entry;
  }

  /** The list stands still while somebody reads it. */
  const held = () => hovering || list.scrollTop > 4;

  /** @param {string} name */
  function choose(name) {
    filter.group = name;
    for (const button of groups.children)
      button.setAttribute("aria-pressed", String(button.getAttribute("data-group") === name));
    show();
  }

  function toTop() {
    list.scrollTop = 0;
    show();
  }

  /** @param {boolean} wanted */
  function open(wanted) {
    page.view.feed = wanted;
    page.keepUrl();
    page.tell("view");
    if (wanted) list.focus({ preventScroll: true });
    else if (drawer.contains(document.activeElement)) opener.focus();
  }

  function turn() {
    const { feed } = page.view;
    app.classList.toggle("with-feed", feed);
    drawer.hidden = !feed;
    opener.setAttribute("aria-expanded", String(feed));
    if (!feed) return;
    unseen = 0;
    if (page.feed.known) show();
    else void read();
  }

  /** The newest, afresh. */
  async function read() {
    const { api } = journey;
    if (!api || reading) return;
    const newest = page.feed.entries[0]?.seq ?? 0;
    reading = true;
    problem = "";
    try {
      const told = await api.events({ limit: String(PAGE) });
      if (api === journey.api) page.feed.begin(told);
    } catch (error) {
      problem = error instanceof Error ? error.message : String(error);
    }
    reading = false;
    if (!newest || !held()) return show();
    waiting += page.feed.entries.filter((entry) => entry.seq > newest && fits(entry, filter)).length;
    say();
  }

  async function readEarlier() {
    const { api } = journey;
    const { earlier } = page.feed;
    if (!api || earlier === null || reading) return;
    reading = true;
    try {
      const told = await api.events({ limit: String(PAGE), before: String(earlier) });
      if (api === journey.api) page.feed.extend(told);
    } catch (error) {
      problem = error instanceof Error ? error.message : String(error);
    }
    reading = false;
    const { scrollTop } = list;
    show();
    list.scrollTop = scrollTop;
  }

  /** @param {Entry[]} entries */
  function hear(entries) {
    const fresh = entries.filter((entry) => !entry.noise && fits(entry, filter)).length;
    if (!page.view.feed) unseen += fresh;
    else if (held()) waiting += fresh;
    if (page.view.feed && !held()) show();
    else say();
  }

  function say() {
    count.hidden = unseen === 0;
    count.textContent = unseen > 99 ? "99+" : String(unseen);
    news.hidden = waiting === 0;
    news.textContent = plural(waiting, "{count} new", "{count} new");
  }

  function show() {
    if (!page.view.feed) return say();
    waiting = 0;
    say();
    showContainers();
    unnamed = false;
    const { earlier, known } = page.feed;
    const [entries, noise] = [page.feed.entries.map(named), page.feed.noise.map(named)];
    const lines = linesOf(entries.filter((entry) => fits(entry, filter)));
    const routine = noise.filter((entry) => fits(entry, filter));
    fill(
      list,
      problem && h("p", { class: "feed-problem warn" }, problem),
      routine.length > 0 && routineOf(routine),
      lines.length > 0 &&
        h(
          "ol",
          { class: "feed-lines" },
          lines.flatMap((line, index) => [dayBefore(line, lines[index - 1]), lineOf(line)]),
        ),
      known && !lines.length && emptiness(entries.length + noise.length > 0),
      !known && !problem && h("p", { class: "feed-note muted" }, t("Reading…")),
      known &&
        earlier !== null &&
        h(
          "button",
          {
            type: "button",
            class: "button small feed-earlier",
            "data-focus": "earlier",
            click: () => void readEarlier(),
          },
          t("Read earlier"),
        ),
    );
  }

  function showContainers() {
    const names = new Map(
      [...page.feed.entries, ...page.feed.noise]
        .filter(({ container, where }) => container !== null && where)
        .map(({ container, where }) => [String(container), where]),
    );
    const sorted = [...names].sort((a, b) => a[1].localeCompare(b[1]));
    if (containers.childElementCount === sorted.length + 1) return;
    fill(
      containers,
      h("option", { value: "" }, t("Every container")),
      sorted.map(([id, name]) => h("option", { value: id }, name)),
    );
    containers.value = filter.container;
  }

  /** @param {boolean} filtered */
  function emptiness(filtered) {
    return h(
      "div",
      { class: "feed-empty" },
      h("p", null, filtered ? t("Nothing of this kind among what was read.") : t("Nothing has happened yet.")),
      h(
        "p",
        { class: "muted" },
        t(
          "Here is told what happens on this host: containers that start, stop and change, exec in a container, namespaces that come, go or are entered, sharing that begins, and what could not be seen. Health checks and short-lived processes are counted, not listed.",
        ),
      ),
      h(
        "p",
        { class: "muted" },
        t("To see it at work:"),
        " ",
        h("code", null, "docker exec NAME true"),
        " ",
        h("code", null, "docker restart NAME"),
      ),
    );
  }

  /** What goes on all day. @param {Entry[]} noise */
  function routineOf(noise) {
    const brief = noise.slice(0, 3).map(sayRoutine).join(" · ");
    const more = noise.length > 3 ? ` · ${t("and {count} more", { count: noise.length - 3 })}` : "";
    return h(
      "details",
      { class: "feed-routine", "data-keep": "routine" },
      h("summary", null, h("strong", null, t("Routine")), " ", h("span", { class: "muted" }, brief + more)),
      h(
        "ol",
        { class: "feed-lines" },
        noise.map((entry) => lineOf({ entry, times: entry.times, first: entry, alike: [entry] })),
      ),
    );
  }

  /** @param {Entry} entry */
  function sayRoutine(entry) {
    const where = entry.container === null ? t("the host") : entry.where;
    const what =
      entry.kind === "exec"
        ? t("health check in {where}", { where })
        : entry.kind === "ran"
          ? t("{name} in {where}", { name: entry.name, where })
          : sayEntry(entry);
    return entry.times > 1 ? t("{what}, {count} times", { what, count: entry.times }) : what;
  }

  /** @param {Line} line @param {Line|undefined} newer */
  function dayBefore(line, newer) {
    const [day, other] = [line, newer].map((one) =>
      one ? sayDay(Date.parse(one.entry.at), journey.zone) : sayDay(Date.now(), journey.zone),
    );
    return day === other ? null : h("li", { class: "feed-day" }, day);
  }

  /** @param {Line} line */
  function lineOf(line) {
    const { entry, times, first, alike } = line;
    const name = `${entry.kind}:${entry.seq}:${entry.key}`;
    const counted = times > 1 && !(entry.kind.startsWith("namespace-") && alike.length === 1);
    const from = entry.times > 1 ? entry.first_at : first.at;
    const since = counted && from !== entry.at ? t("since {moment}", { moment: clockOf(from) }) : "";
    const opens = alike.length > 1;
    return h(
      "li",
      {
        class: `feed-line kind-${entry.kind}${isGrave(entry) ? " grave" : ""}`,
        "data-kind": entry.kind,
        "data-seq": entry.seq,
        "data-noise": entry.noise ? "yes" : null,
        "aria-current": page.view.at === entry.seq ? "true" : null,
      },
      timeOf(entry, name),
      h("span", { class: "feed-sign", "aria-hidden": "true" }, SIGNS[entry.kind] ?? "·"),
      wordsOf(entry, name),
      counted &&
        (opens
          ? h(
              "button",
              {
                type: "button",
                class: "feed-times",
                "data-focus": `times:${name}`,
                "aria-expanded": String(unfolded.has(name)),
                click: () => unfold(name),
              },
              `×${times}`,
              " ",
              h("span", { class: "muted" }, since),
            )
          : h("span", { class: "feed-times" }, `×${times}`, " ", h("span", { class: "muted" }, since))),
      opens &&
        unfolded.has(name) &&
        h(
          "ol",
          { class: "feed-alike" },
          alike.map((one) => h("li", null, timeOf(one, `${name}:${one.seq}`), h("span", null, sayEntry(one)))),
        ),
    );
  }

  /** @param {string} name */
  function unfold(name) {
    if (!unfolded.delete(name)) unfolded.add(name);
    show();
  }

  /** @param {string} at */
  const clockOf = (at) => sayMoment(Date.parse(at), Date.now(), journey.zone).local;

  /** Leads to the moment. @param {Entry} entry @param {string} name */
  function timeOf(entry, name) {
    const { utc, local } = sayMoment(Date.parse(entry.at), Date.now(), journey.zone);
    return h(
      "button",
      {
        type: "button",
        class: "feed-time",
        "data-focus": `time:${name}`,
        title: `${local} (${utc}) · ${t("look at this moment")}`,
        click: () => visit(entry),
      },
      sayClock(Date.parse(entry.at), journey.zone),
    );
  }

  /** Leads to the thing, where there is one. @param {Entry} entry @param {string} name */
  function wordsOf(entry, name) {
    const words = sayEntry(entry);
    const key = entry.key || entry.container;
    if (!key) return h("span", { class: "feed-words", title: words }, words);
    return h(
      "button",
      {
        type: "button",
        class: "feed-words",
        "data-focus": `words:${name}`,
        title: words,
        click: () => (knows(key) ? page.select(key) : visit(entry)),
      },
      words,
    );
  }

  /** @param {string} key */
  const knows = (key) =>
    Boolean(
      page.state && (page.state.processes.has(key) || page.state.containers.has(key) || page.state.namespaces.has(key)),
    );

  /** @param {Entry} entry */
  function visit(entry) {
    const key = entry.key || entry.container;
    if (key) page.select(key, false);
    journey.go({ mode: "past", seq: entry.seq });
  }

  page.on("view", turn);
  page.on("state", () => unnamed && page.view.feed && !held() && show());
  page.on("moment", () => page.view.feed && show());
  page.on("host", () => {
    unseen = waiting = 0;
    names.clear();
    [filter.container, problem] = ["", ""];
    say();
    if (page.view.feed) setTimeout(() => !page.feed.known && void read(), 0);
  });
  page.on("happened", () => hear(page.heard));
  page.on("hosts", () => {
    const away = page.row?.stale ?? false;
    if (away !== wasAway && page.feed.known) void read(); // the agent went, or came back: no change of the host tells
    wasAway = away;
  });
  page.on("line", () => {
    const live = page.step === "live";
    if (live && !wasLive && page.feed.known) void read(); // what happened meanwhile was not heard
    wasLive = live;
  });
  turn();
  say();

  return { toggle: () => open(!page.view.feed), close: () => open(false) };
}

/** The drawer and the button that opens it. @param {Page} page @param {Journey} journey */
export function createFeedDrawer(page, journey) {
  return createFeedPanel(page, journey, { app: byId("app"), drawer: byId("feed"), opener: byId("feed-open") });
}
