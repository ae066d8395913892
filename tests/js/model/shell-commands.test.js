import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import {
  commandsOfContainer,
  commandsOfNamespace,
  commandsOfProcess,
  line,
  quote,
} from "../../../static/dashboard/model/shell-commands.js";
import { loaded, stateOf } from "../support/helpers.mjs";
import { demoState } from "../support/make-state.mjs";

const HOSTILE = [
  "plain",
  "two words",
  "it's",
  "$(reboot)",
  "`id`",
  "a;b|c&d",
  "-rf",
  "~root",
  "*?[x]",
  "back\\slash",
  'say "so"',
  "new\nline",
  "\x1b[31mred",
  "it's\n\\'both",
  "#no",
  "!history",
  "naïve 이름",
  "a\u009bb",
  "x=\ty",
  "",
];

/** @param {(state: any) => void} [change] */
function demo(change = () => {}) {
  const made = demoState();
  change(made);
  return stateOf(loaded(made));
}

/** @param {import("../../../static/dashboard/model/store.js").State} state @param {string} name */
function named(state, name) {
  const container = [...state.containers.values()].find((one) => one.name.endsWith(name));
  if (!container) throw new Error(`no container ${name}`);
  return { container, init: [...state.processes.values()].find((one) => one.pid === container.init_pid) };
}

/** @param {import("../../../static/dashboard/model/shell-commands.js").Command[]} commands */
const texts = (commands) => commands.map(({ text }) => text);

test("what is quoted reaches a program as it was, whatever it holds", () => {
  for (const word of HOSTILE) {
    const said = execFileSync("bash", ["-c", `printf %s ${quote(word)}`], { env: { LC_ALL: "C.UTF-8" } });
    assert.equal(said.toString(), word, quote(word));
  }
  const printed = execFileSync("bash", ["-c", `printf '%s\\0' ${line(HOSTILE)}`], { env: { LC_ALL: "C.UTF-8" } });
  assert.deepEqual(printed.toString().split("\0").slice(0, -1), HOSTILE);
});

test("no control character of a name reaches the terminal that it is pasted into", () => {
  for (const word of HOSTILE) assert.doesNotMatch(quote(word), /[\x00-\x1f\x7f-\x9f]/);
});

test("a process is entered in the namespaces that are not the host's, and in those alone", () => {
  const state = demo();
  const { init } = named(state, "hostnet");
  assert.ok(init);
  const [enter, list, cgroup] = texts(commandsOfProcess(state, init));
  assert.equal(enter, `nsenter -t ${init.pid} -m -u -p sh`);
  assert.equal(list, `ls -l /proc/${init.pid}/ns`);
  assert.equal(cgroup, `cat /proc/${init.pid}/cgroup`);
  const host = [...state.processes.values()].find((one) => one.comm === "dockerd");
  assert.ok(host);
  assert.equal(
    texts(commandsOfProcess(state, host)).some((text) => text.includes("nsenter")),
    false,
  );
});

test("Docker is asked by the container's name", () => {
  const state = demo();
  const { container, init } = named(state, "web");
  const all = texts(commandsOfContainer(state, container, init));
  assert.deepEqual(all.slice(0, 3), [
    `docker inspect ${container.name}`,
    `docker logs --tail 100 ${container.name}`,
    `docker exec -it ${container.name} sh`,
  ]);
});

test("a name that no engine would give is not handed to its client: the id is", () => {
  for (const name of ["-it", "$(reboot)", "a b", "", "x\ny"]) {
    const state = demo((made) => (made.containers[0].name = name));
    const container = [...state.containers.values()].find((one) => one.name === name);
    assert.ok(container);
    for (const text of texts(commandsOfContainer(state, container, undefined)))
      assert.match(text, new RegExp(`^docker [a-z]+ (--tail 100 )?${container.id}$`));
  }
});

test("each engine is asked by its own client, an unknown one by none", () => {
  for (const [engine, client] of [
    ["podman", "podman"],
    ["containerd", "crictl"],
    ["cri-o", "crictl"],
  ]) {
    const state = demo((made) => (made.containers[0].engine = engine));
    const container = [...state.containers.values()][0];
    const all = texts(
      commandsOfContainer(
        state,
        container,
        [...state.processes.values()].find((one) => one.pid === container.init_pid),
      ),
    );
    assert.ok(all[0].startsWith(`${client} inspect `) && all[2].startsWith(`${client} exec -it `), all.join("\n"));
    assert.equal(
      all.some((text) => text.startsWith("docker")),
      false,
    );
  }
  const state = demo((made) => (made.containers[0].engine = "another"));
  assert.deepEqual(commandsOfContainer(state, [...state.containers.values()][0], undefined), []);
});

test("a container that does not run is not entered", () => {
  const state = demo();
  const { container } = named(state, "web");
  assert.equal(
    texts(commandsOfContainer(state, container, undefined)).some((text) => /exec|nsenter/.test(text)),
    false,
  );
});

test("a dockerd that listens elsewhere is named, one inside a container is not asked", () => {
  const listening = (/** @type {string[]} */ words) =>
    demo((made) => (made.processes.find((/** @type {any} */ one) => one.comm === "dockerd").cmdline = words));
  const first = (/** @type {any} */ state) =>
    texts(commandsOfContainer(state, named(state, "web").container, undefined))[0];
  assert.match(
    first(listening(["dockerd", "--host=unix:///run/other docker.sock"])),
    /^docker -H 'unix:\/\/\/run\/other docker.sock' inspect /,
  );
  assert.match(first(listening(["dockerd", "-H", "fd://", "-H", "tcp://0.0.0.0:2375"])), /^docker inspect /);
  const nested = demo((made) => {
    const dockerd = made.processes.find((/** @type {any} */ one) => one.comm === "dockerd");
    dockerd.container = made.containers[1].id;
  });
  assert.deepEqual(texts(commandsOfContainer(nested, named(nested, "web").container, undefined)), []);
});

test("a namespace is entered by one of its processes; the host's own is not", () => {
  const state = demo();
  const { init } = named(state, "web");
  assert.ok(init);
  const space = state.namespaces.get(init.namespaces.net ?? "");
  assert.ok(space);
  assert.deepEqual(texts(commandsOfNamespace(space, init)).slice(0, 2), [
    `nsenter -t ${init.pid} -n`,
    `nsenter -t ${init.pid} -n ss -tulnp`,
  ]);
  for (const type of /** @type {const} */ (["mnt", "uts", "ipc", "pid", "net", "user", "cgroup", "time"])) {
    for (const { text, does } of commandsOfNamespace({ ...space, type }, init))
      assert.ok(text.includes(`${init.pid}`) && does, text);
  }
  assert.deepEqual(commandsOfNamespace({ ...space, initial: true }, init), []);
  assert.deepEqual(commandsOfNamespace(space, undefined), []);
});
