import assert from "node:assert/strict";
import { test } from "node:test";
import { groupLines, orphanLines } from "../../../../static/dashboard/views/matrix/groups.js";
import { busyState } from "../../support/busy-state.mjs";
import { Builder, crowdState, demoState } from "../../support/make-state.mjs";
import { matrixOf, nameOf } from "../../support/matrix.mjs";
import { loaded, stateOf } from "../../support/helpers.mjs";

/** @param {ReturnType<typeof groupLines>} lines */
const headings = (lines) => lines.flatMap((line) => ("title" in line ? [line] : []));
const open = () => true;

test("containers stand under their project, those of none after them, and processes outside last", () => {
  const rows = matrixOf(busyState(60));
  const lines = groupLines(rows, "name", open);
  assert.deepEqual(
    headings(lines).map(({ title }) => title),
    [
      "data",
      "data-2",
      "monitoring",
      "monitoring-2",
      "monitoring-3",
      "shop",
      "shop-2",
      "shop-3",
      "No project",
      "Isolated without a container",
    ],
  );
  assert.equal(lines.length - headings(lines).length, rows.length);
  assert.equal(new Set(lines.filter((line) => "cells" in line)).size, rows.length);
});

test("a closed group is one line that counts its containers and what they share", () => {
  const lines = groupLines(matrixOf(busyState(60)), "kin", (key) => key !== "project:monitoring");
  const heading = headings(lines).find(({ title }) => title === "monitoring");
  assert.deepEqual(heading, {
    title: "monitoring",
    key: "project:monitoring",
    open: false,
    says: [
      "5 containers",
      "1 shares the host’s UTS",
      "1 shares the host’s IPC",
      "2 share the host’s PID",
      "2 share the host’s network",
    ],
  });
  assert.ok(
    !lines.some(
      (line) => "cells" in line && nameOf(line).startsWith("monitoring-grafana-0") && nameOf(line).endsWith("-0"),
    ),
  );
});

test("what is isolated without a container is told by kind, and from twelve on those of one program are one line", () => {
  const told = (/** @type {number} */ browsers) => {
    const builder = new Builder();
    const alone = (/** @type {number} */ pid, /** @type {string} */ comm, cgroup = "/") =>
      builder.process(pid, 1, comm, { namespaces: builder.spaces(["net"]), cgroup });
    alone(10, "nginx", "/system.slice/nginx.service");
    alone(11, "bwrap");
    for (let index = 0; index < browsers; index++) alone(20 + index, "chromium");
    const lines = groupLines(matrixOf(builder.state()), "name", (key) => !key.startsWith("outside:"));
    return headings(lines).map(({ title, open, says }) => [title, open, ...says]);
  };
  assert.deepEqual(told(9), []);
  assert.deepEqual(told(10), [
    ["Isolated without a container", true, "1 service", "1 sandbox"],
    ["chromium", false, "10 sandboxes", "10 processes", "net"],
  ]);
});

test("the sandbox of a pod stands first in it, and is not counted as a container", () => {
  const builder = new Builder();
  const pod = { id: "f".repeat(64), name: "shop/web" };
  const inPod = { pod, labels: {}, declared: null, state: "running", engine: "containerd", image: "" };
  for (const [index, name] of ["app", "cache", "pause"].entries()) {
    const id = String(index).repeat(64);
    builder.containers.push({ ...inPod, id, name, kind: name === "pause" ? "sandbox" : "container" });
    builder.process(100 + index, 1, name, {
      container: id,
      namespaces: builder.spaces(["mnt", "uts", "ipc", "pid", "net"]),
    });
  }
  builder.process(200, 1, "udevd", { namespaces: builder.spaces(["uts"]) });
  const lines = groupLines(matrixOf(builder.state()), "name", open);
  assert.deepEqual(
    lines.slice(0, 4).map((line) => ("title" in line ? [line.title, ...line.says] : nameOf(line))),
    [["shop/web", "2 containers"], "pause", "app", "cache"],
  );
});

test("projects of the same name with numbers stand in the order of the numbers", () => {
  const titles = headings(groupLines(matrixOf(busyState(250)), "kin", open)).map(({ title }) => title);
  assert.ok(titles.indexOf("data-2") < titles.indexOf("data-10"));
});

test("where no project has two containers, they are one group that cannot be closed", () => {
  const lines = headings(groupLines(matrixOf(demoState()), "kin", () => false));
  assert.deepEqual(
    lines.map(({ title, key, open }) => [title, key, open]),
    [
      ["Containers", null, true],
      ["Isolated without a container", null, true],
    ],
  );
  const inside = matrixOf(crowdState(400, 20)).filter(({ container }) => container);
  assert.deepEqual(groupLines(inside, "kin", open), inside);
});

/** @param {number} count  of net namespaces that no process lives in; a uts one is beside them */
function withOrphans(count) {
  const whole = demoState();
  const base = { ns_id: 1, initial: false, owner: null, parent: null, processes: 0 };
  const mounts = [1, 2].map((number) => ({ pid: null, mount_namespace: null, name: `/run/netns/${number}` }));
  const net = /** @type {const} */ ("net");
  for (let inode = 1; inode <= count; inode++)
    whole.namespaces.push({
      ...base,
      key: `b:net:${inode}`,
      type: net,
      inode,
      holders: [{ kind: "mount", count: 2, some: mounts }],
    });
  whole.namespaces.push({ ...base, key: "b:uts:1", type: "uts", inode: 99, holders: [] });
  return stateOf(loaded(whole));
}

test("namespaces without a process are listed with what holds them, and from twelve on by type", () => {
  assert.deepEqual(orphanLines(stateOf(loaded(demoState())), open), []);
  const [heading, first, second, unseen, ...none] = orphanLines(withOrphans(2), () => false);
  assert.deepEqual("title" in heading && [heading.title, heading.key, ...heading.says], [
    "Namespaces without a process",
    null,
    "3 namespaces",
  ]);
  assert.deepEqual("space" in first && [first.key, first.holder], ["b:net:1", "bind mount /run/netns/1 and 1 more"]);
  assert.deepEqual("space" in unseen && [unseen.key, unseen.holder], ["b:uts:1", ""]);
  assert.deepEqual([second.key, none], ["b:net:2", []]);
  assert.equal(orphanLines(withOrphans(10), () => false).length, 12);
  const many = orphanLines(withOrphans(11), (key) => key === "outside:namespaces:uts");
  assert.deepEqual(
    many.map((line) => ("title" in line ? line.title : line.key)),
    ["Namespaces without a process", "UTS", "b:uts:1", "network"],
  );
});
