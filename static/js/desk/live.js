/** Live messages about cases: lists and the open case are read anew, new urgent ones are heard and seen. */

import { beep } from "../core/beep.js";
import { get } from "../net/api.js";
import { LiveSocket } from "../net/live_socket.js";

/** @typedef {{id: number, number?: string, state?: string, category?: string, urgent?: boolean, version: number, what: string, private?: boolean}} Told */

const GATHER_MS = 800;

/** @param {import("./desk.js").Desk} desk */
export function listenLive(desk) {
  // Departments do not watch workers: their own stream tells of their cases alone.
  const path = desk.may("map.view") ? "/api/v1/live" : "/api/v1/case-live";
  const url = `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}${path}`;
  let timer = 0;
  const refresh = () => {
    timer = 0;
    void desk.loadQueues().catch(() => {});
    // Rows under somebody's hands must not jump: only the top of the list is read anew.
    if ((desk.world.values.cases?.length ?? 0) <= 50) void desk.loadList({ quiet: true });
  };
  let wasLive = false;
  const socket = new LiveSocket({
    url,
    handlers: {
      onHello: () => {
        if (wasLive) refresh(); // what came while the line was down
        wasLive = true;
      },
      onFrame: () => "skipped",
      onRoster: () => {},
      onEvent: (kind, data) => {
        if (kind !== "case") return;
        for (const told of /** @type {Told[]} */ (data.grids ?? [])) hear(desk, told);
        if (!timer) timer = setTimeout(refresh, GATHER_MS);
      },
      onConnection: ({ phase }) => document.body.classList.toggle("is-offline", phase === "lost"),
      resume: () => null,
      mayRetry: () =>
        get("/api/v1/session", { signIn: false }).then(
          () => true,
          (error) => error.status !== 401,
        ),
    },
  });
  socket.start();
}

/**
 * @param {import("./desk.js").Desk} desk
 * @param {Told} told
 */
function hear(desk, told) {
  const { detail } = desk.world.values;
  if (detail?.case.id === told.id) {
    if (isTyping(desk)) void desk.compareCase();
    else void desk.loadCase();
  }
  if (told.what !== "new" || !told.urgent) return;
  const name = desk.name(desk.categories.get(told.category ?? ""));
  desk.say(desk.t("notice.urgent", { name, number: told.number ?? "" }), {
    label: desk.t("notice.show"),
    run: () => desk.open(told.id),
  });
  beep();
}

/**
 * Whether something stands half-written beside the case: it must not be wiped away by news.
 * @param {import("./desk.js").Desk} desk
 */
function isTyping({ dialog }) {
  return dialog.open || document.querySelector(".case details[open] form") !== null;
}
