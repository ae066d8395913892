import assert from "node:assert/strict";
import { test } from "node:test";
import { prefixesOf, projectOf } from "../../../../static/dashboard/model/grouping/projects.js";
import { demoState } from "../../support/make-state.mjs";

/** @param {string} id @param {Record<string, string>} labels @param {string} name */
const made = (id, labels, name = id) => ({ ...demoState().containers[0], id, name, labels });

test("a container belongs to its Compose project, its stack or its pod, or to none", () => {
  const cases = /** @type {const} */ ([
    [{ "com.docker.compose.project": "shop" }, "shop"],
    [{ "io.podman.compose.project": "shop" }, "shop"],
    [{ "com.docker.stack.namespace": "shop" }, "shop"],
    [{ "io.kubernetes.pod.namespace": "prod", "io.kubernetes.pod.name": "web-7f" }, "prod/web-7f"],
    [{ "io.kubernetes.pod.name": "web-7f" }, "web-7f"],
    [{ "io.kubernetes.pod.namespace": "prod" }, null],
    [{ "com.docker.compose.project": "" }, null],
    [{}, null],
  ]);
  for (const [labels, project] of cases) assert.equal(projectOf(made("a", labels)), project);
});

test("what names begin with is told for each project by itself", () => {
  const shop = { "com.docker.compose.project": "shop" };
  const containers = [
    made("1", shop, "acme-shop-web-1"),
    made("2", shop, "acme-shop-db-1"),
    made("3", { "com.docker.compose.project": "ci" }, "acme-ci-runner"),
    made("4", {}, "acme-shop-loose"),
  ];
  assert.deepEqual(
    [...prefixesOf(containers)],
    [
      ["1", "acme-shop-"],
      ["2", "acme-shop-"],
      ["3", ""],
    ],
  );
});
