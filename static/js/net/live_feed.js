/** The live stream into the store: frames applied, the clock learned, the counts kept, a second ticking whether or not anything comes. */

import { SNAPSHOT } from "../core/frames.js";
import { get } from "./api.js";
import { LiveSocket } from "./live_socket.js";

/** @typedef {import("../app.js").App} App */

/**
 * @param {App} app
 * @param {{apply: (slots: number[]) => void, readRoster: () => void, event: (kind: string, data: any) => void}} actions
 * @returns {LiveSocket}
 */
export function openLive(app, { apply, readRoster, event }) {
  const { workers, world, clock } = app;
  /** @type {string | null} */
  let epoch = null;
  const url = `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/api/v1/live`;
  const socket = new LiveSocket({
    url,
    handlers: {
      onHello: (hello) => {
        clock.learn(hello.server_time_ms);
        workers.thresholds = { staleMs: hello.stale_s * 1000, offlineMs: hello.offline_s * 1000 };
        if (epoch !== null && epoch !== hello.epoch) workers.forgetSeq();
        epoch = hello.epoch;
        if (hello.roster !== world.values.roster.version) readRoster();
      },
      onFrame: (frame) => {
        clock.learn(frame.timeMs);
        // A snapshot arrives while the page is still being made: its delay says nothing of the stream.
        if (frame.kind !== SNAPSHOT)
          world.set({ delayMs: smooth(world.values.delayMs, clock.nowMs() - frame.timeMs + frame.lagMs) });
        const { outcome, changed } = workers.apply(frame);
        if (outcome !== "applied") return outcome;
        apply(changed);
        world.set({ changes: world.values.changes + 1, ...(world.values.counts ? {} : { counts: workers.counts() }) });
        return outcome;
      },
      onRoster: (version) => version !== world.values.roster.version && readRoster(),
      onEvent: event,
      onConnection: (connection) => world.set({ connection }),
      resume: () => (epoch === null || workers.seq < 0 ? null : { epoch, seq: workers.seq }),
      mayRetry: () =>
        get("/api/v1/session", { signIn: false }).then(
          () => true,
          (error) => error.status !== 401,
        ),
    },
  });
  setInterval(() => tick(app), 1000);
  socket.start();
  return socket;
}

/** @param {App} app */
function tick({ workers, world, clock }) {
  world.set({ second: Math.floor(clock.nowMs() / 1000) });
  if (workers.seq >= 0) world.set({ counts: workers.counts() });
}

/**
 * @param {number} before
 * @param {number} now
 */
function smooth(before, now) {
  return before === 0 ? now : before * 0.8 + now * 0.2;
}
