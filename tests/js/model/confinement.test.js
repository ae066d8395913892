import assert from "node:assert/strict";
import { test } from "node:test";
import { CAPABILITIES, namesOf, sayCapabilities, sayMay } from "../../../static/dashboard/model/confinement.js";
import { sayFact, spread } from "../../../static/dashboard/model/field-text.js";

const ALL = 2 ** 41 - 1;
const bit = (/** @type {string} */ name) => 2 ** CAPABILITIES.indexOf(name);

test("a set names its capabilities, also those beyond 32 bits", () => {
  assert.deepEqual(namesOf(0), []);
  assert.deepEqual(namesOf(bit("sys_admin") + bit("bpf") + bit("checkpoint_restore")), [
    "sys_admin",
    "bpf",
    "checkpoint_restore",
  ]);
  assert.deepEqual(namesOf(2 ** 45), ["45"]);
  assert.equal(namesOf(ALL).length, 41);
});

test("a set is said by what it holds or by what it lacks", () => {
  assert.equal(sayCapabilities(0), "none");
  assert.equal(sayCapabilities(ALL), "all");
  assert.equal(sayCapabilities(ALL - bit("sys_resource")), "all but sys_resource");
  assert.equal(sayCapabilities(bit("sys_module")), "sys_module");
});

test("what reaches beyond the process is said in words", () => {
  assert.deepEqual(sayMay(bit("sys_module") + bit("chown")), ["load kernel modules"]);
  assert.deepEqual(sayMay(0), []);
});

test("a comparison says which sets differ", () => {
  const before = { effective: 0, seccomp: "none" };
  const after = { effective: bit("sys_admin"), seccomp: "none" };
  const [change, ...rest] = spread("confinement", before, after);
  assert.deepEqual(rest, []);
  assert.equal(sayFact(change.field, change.before), "none");
  assert.equal(sayFact(change.field, change.after), "sys_admin");
});
