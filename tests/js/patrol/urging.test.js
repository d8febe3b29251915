import assert from "node:assert/strict";
import { test } from "node:test";
import { countReasons, reasonOf } from "../../../static/js/patrol/reasons.js";
import { readyText, urgeNow } from "../../../static/js/patrol/urging.js";

const PERSON = { worker: 7, name: "李", place: "一网格" };
const t = (/** @type {string} */ key) => key;

/** @param {Partial<{fails: number, late: boolean}>} how */
function desk({ fails = 0, late = false } = {}) {
  /** @type {string[]} */
  const told = [];
  /** @type {(() => void)[]} */
  const undos = [];
  const refuse = (/** @type {number} */ status) => Promise.reject(Object.assign(new Error("no"), { status }));
  return {
    told,
    undos,
    parts: {
      store: {
        urge: () => (fails ? refuse(fails) : Promise.resolve(31)),
        withdraw: (/** @type {number} */ worker, /** @type {number} */ notice) => {
          told.push(`withdraw ${worker} ${notice}`);
          return late ? refuse(409) : Promise.resolve();
        },
      },
      t,
      say: (/** @type {string} */ text, /** @type {any} */ action = null) => {
        told.push(text);
        if (action) undos.push(action.run);
      },
      sayError: () => told.push("error"),
    },
  };
}

test("the ready text fits what the round lacks", () => {
  const text = (/** @type {any} */ round) => readyText({ forecast: null, covered: 0, ...round });
  assert.equal(text({ state: "open", forecast: "will_miss" }), "start");
  assert.equal(text({ state: "open", forecast: "at_risk", covered: 3 }), "finish");
  assert.equal(text({ state: "no_data" }), "signal");
  assert.equal(text({ state: "missed", covered: 3 }), "make_up");
});

test("an urging is sent at once and taken back by the button of its message", async () => {
  const { told, undos, parts } = desk();
  await urgeNow(PERSON, "请尽快", parts);
  assert.deepEqual(told, ["patrol.urge.sent"]);
  await undos[0]?.();
  assert.deepEqual(told.slice(1), ["withdraw 7 31", "patrol.urge.undone"]);
});

test("who was urged a moment ago, and what was answered, is said in words", async () => {
  const just = desk({ fails: 429 });
  await urgeNow(PERSON, "请尽快", just.parts);
  assert.deepEqual(just.told, ["patrol.urge.just"]);
  const late = desk({ late: true });
  await urgeNow(PERSON, "请尽快", late.parts);
  await late.undos[0]?.();
  assert.equal(late.told.at(-1), "patrol.urge.undo.late");
});

test("a cell shows its first reason", () => {
  assert.equal(reasonOf(3), "lane");
  assert.equal(reasonOf(8), "track");
  assert.equal(reasonOf(0), "hand");
  assert.deepEqual(countReasons([1, 3, 2, 16]), [
    { reason: "lane", n: 2 },
    { reason: "house", n: 1 },
    { reason: "hand", n: 1 },
  ]);
});
