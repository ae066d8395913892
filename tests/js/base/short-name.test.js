import assert from "node:assert/strict";
import { test } from "node:test";
import { commonPrefix, cutMiddle, prefixBeside, shortName } from "../../../static/dashboard/base/short-name.js";

/** @param {number} length */
const within = (length) => (/** @type {string} */ text) => [...text].length <= length;

test("the common beginning of names ends where a word ends, and is nothing where it is short", () => {
  const cases = /** @type {const} */ ([
    [["data-platform-kafka-broker-1", "data-platform-kafka-broker-2"], "data-platform-kafka-broker-"],
    [["shop-production-web", "shop-production-web-envoy"], "shop-production-"],
    [["shop_api", "shop_db", "shop_cache"], "shop_"],
    [["web-1", "web-2"], "web-"],
    [["a-1", "a-2"], ""],
    [["database", "databank"], ""],
    [["alone-in-its-project"], ""],
    [["vpn", ""], ""],
    [[], ""],
  ]);
  for (const [names, expected] of cases) assert.equal(commonPrefix([...names]), expected, names.join());
});

test("a text is cut in its middle, by letters and not by halves of them", () => {
  assert.equal(cutMiddle("kafka-broker-1", 14), "kafka-broker-1");
  assert.equal(cutMiddle("kafka-broker-1", 9), "kafk…er-1");
  assert.equal(cutMiddle("😀😀😀😀😀", 3), "😀…😀");
  assert.equal(cutMiddle("abc", 1), "…c");
});

test("a name stays whole where it fits, then loses the common beginning, then its middle, then all but its end", () => {
  const [name, prefix] = ["data-platform-kafka-broker-3", "data-platform-"];
  assert.equal(shortName(name, prefix, within(28)), name);
  assert.equal(shortName(name, prefix, within(27)), "…kafka-broker-3");
  assert.equal(shortName(name, prefix, within(15)), "…kafka-broker-3");
  assert.equal(shortName(name, prefix, within(10)), "…kafk…er-3");
  assert.equal(shortName(name, prefix, within(5)), "…er-3");
  assert.equal(shortName(name, "", within(11)), "data-…ker-3");
  assert.equal(shortName(name, name, within(11)), "data-…ker-3");
  assert.equal(
    shortName(name, prefix, () => false),
    "…3",
  );
});

test("beside a name that it continues, a name leaves that one out", () => {
  assert.equal(prefixBeside("shop-web-1-envoy", "shop-web-1", "shop-"), "shop-web-1-");
  assert.equal(prefixBeside("shop-web-10", "shop-web-1", "shop-"), "shop-");
  assert.equal(prefixBeside("shop-web-1", "shop-web-1-envoy", "shop-"), "shop-");
});
