import assert from "node:assert/strict";
import { test } from "node:test";
import { backoffMs } from "../../../static/js/core/backoff.js";
import { Cache } from "../../../static/js/core/cache.js";
import { ServerClock } from "../../../static/js/core/server_clock.js";
import { State } from "../../../static/js/core/state.js";
import { retryAfterMs } from "../../../static/js/net/api.js";

test("waits double up to half a minute", () => {
  assert.deepEqual(
    [0, 1, 2, 3, 4, 5, 50].map((n) => backoffMs(n, () => 1)),
    [1000, 2000, 4000, 8000, 16_000, 30_000, 30_000],
  );
});
test("waits differ by half", () =>
  assert.equal(
    backoffMs(3, () => 0),
    4000,
  ));

test("listeners hear of their own keys only", () => {
  const state = new State({ a: 1, b: 1 });
  /** @type {number[]} */
  const heard = [];
  state.on(["a"], ({ a }) => heard.push(a));
  state.set({ b: 2 });
  state.set({ a: 1 });
  state.set({ a: 5 });
  assert.deepEqual(heard, [5]);
});
test("a listener sees all values of one patch", () => {
  const state = new State({ a: 1, b: 1 });
  let sum = 0;
  state.on(["a"], ({ a, b }) => {
    sum = a + b;
  });
  state.set({ a: 2, b: 3 });
  assert.equal(sum, 5);
});
test("one who stopped listening hears nothing", () => {
  const state = new State({ a: 1 });
  let heard = 0;
  state.on(["a"], () => heard++)();
  state.set({ a: 2 });
  assert.equal(heard, 0);
});
test("the state cannot be changed from outside", () => {
  const state = new State({ a: 1 });
  assert.throws(() => {
    state.values.a = 2;
  }, TypeError);
});

test("the least recently used leaves the cache", () => {
  const cache = new Cache(2);
  cache.set("a", 1);
  cache.set("b", 2);
  cache.get("a");
  cache.set("c", 3);
  assert.deepEqual([cache.get("a"), cache.get("b"), cache.get("c")], [1, undefined, 3]);
});

test("a wrong clock is put right by the quickest message", () => {
  const clock = new ServerClock(() => 1000);
  clock.learn(61_000 - 300);
  clock.learn(61_000 - 40);
  clock.learn(61_000 - 900);
  assert.equal(clock.nowMs(), 60_960);
});

test("Retry-After may be seconds or a date", () => {
  assert.equal(retryAfterMs("7", 0), 7000);
  assert.equal(retryAfterMs("Thu, 01 Jan 1970 00:00:09 GMT", 4000), 5000);
  assert.deepEqual([retryAfterMs(null, 0), retryAfterMs("soon", 0)], [null, null]);
});
