import assert from "node:assert/strict";
import { test } from "node:test";
import { matchesQuery, wanted } from "../../../static/js/core/filter.js";
import { decodeFrame } from "../../../static/js/core/frames.js";
import { gridInArea, joinRoster } from "../../../static/js/core/roster.js";
import { WorkerStore } from "../../../static/js/core/workers.js";
import { frame } from "./make_frame.js";

const DIVISIONS = new Map([
  ["130533106000", { code: "130533106000", name: "方家营镇", level: 2, parent: "130533000000", lon: 0, lat: 0 }],
  ["130533106201", { code: "130533106201", name: "孙家寨村", level: 3, parent: "130533106000", lon: 0, lat: 0 }],
]);
const ROSTER = joinRoster(
  {
    version: 3,
    workers: {
      id: [3, 1, 2],
      name: ["王强", "李娜", "赵敏"],
      role: ["worker", "worker", "leader"],
      grid: ["130533107200001", "130533106201001", "130533106201001"],
      phone_tail: ["1111", "8715", "2222"],
      number: ["W3", "W1", "W2"],
    },
  },
  DIVISIONS,
  new Map([["130533106201001", "第一网格"]]),
);
const ALL = { query: "", area: "", statuses: [], sort: /** @type {const} */ ("grid") };

function store() {
  const workers = new WorkerStore();
  workers.apply(
    decodeFrame(
      frame({
        records: [
          { id: 1, state: 7, ageMs: 9000 },
          { id: 2, state: 5 },
          { id: 3, state: 13 },
        ],
      }),
    ),
  );
  return workers;
}
/** @param {Partial<typeof ALL> & object} wish */
const names = (wish) => wanted(ROSTER.people, store(), { ...ALL, ...wish }).map(({ name }) => name);

test("a person knows their places", () => {
  assert.deepEqual(
    [ROSTER.byId.get(1)?.village, ROSTER.byId.get(1)?.township, ROSTER.byId.get(1)?.gridName],
    ["孙家寨村", "方家营镇", "第一网格"],
  );
});
test("those who ask for help come first, then grids, leaders before workers", () =>
  assert.deepEqual(names({}), ["王强", "赵敏", "李娜"]));
test("a township keeps its own", () => assert.deepEqual(names({ area: "130533106000" }), ["赵敏", "李娜"]));
test("a status keeps its own", () => assert.deepEqual(names({ statuses: /** @type {any} */ (["moving"]) }), ["李娜"]));
test("the newest come first when wished", () =>
  assert.deepEqual(names({ sort: /** @type {any} */ ("updated") }), ["王强", "赵敏", "李娜"]));
test("all words of a search must be met", () => {
  const person = /** @type {import("../../../static/js/core/roster.js").Person} */ (ROSTER.byId.get(1));
  assert.equal(matchesQuery(person, "孙家寨 8715"), true);
  assert.equal(matchesQuery(person, "孙家寨 9999"), false);
  assert.equal(matchesQuery(person, "  "), true);
});
test("areas hold their grids at every level", () => {
  const grid = "130533106201001";
  assert.deepEqual(
    ["130533000000", "130533106000", "130533106201", "130533107000"].map((area) => gridInArea(grid, area)),
    [true, true, true, false],
  );
});
