"""The map page in Chromium, with everything that it was sent and everything that went wrong in it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from playwright.async_api import ConsoleMessage, Page, WebSocket

from tests.acceptance.program import PATIENCE_S, Worker
from tests.live_reader import Viewer

PATIENCE_MS = PATIENCE_S * 1000
WATCH_VIOLATIONS = """
window.violations = [];
document.addEventListener("securitypolicyviolation", (event) => {
  window.violations.push(`${event.violatedDirective} ${event.blockedURI}`);
});
"""
STANDS_AT = """([id, lat, lon]) => {
  const { workers } = window.sanxun;
  const slot = workers.slotOf(id);
  return slot >= 0 && Math.abs(workers.lat[slot] - lat) < 1e-6 && Math.abs(workers.lon[slot] - lon) < 1e-6;
}"""


NO_GRAPHICS_CARD = "GPU stall due to ReadPixels"  # Chromium's own words about a map that the processor draws


@dataclass
class Reader:
    """One page of one account, with everything that it was sent and everything that went wrong in it."""

    page: Page
    frames: list[bytes] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    expected: str = "nothing is expected to go wrong"

    def listen(self) -> None:
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("websocket", self._watch)

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and not re.search(f"{self.expected}|{NO_GRAPHICS_CARD}", message.text):
            self.complaints.append(f"{message.type}: {message.text} {message.location}")

    def _watch(self, socket: WebSocket) -> None:
        socket.on("framereceived", self._receive)

    def _receive(self, data: bytes | str) -> None:
        if isinstance(data, bytes):
            self.frames.append(data)
        else:
            self.texts.append(data)

    async def open(self, url: str) -> None:
        await self.page.goto(url)
        await self.ready()

    async def ready(self) -> None:
        """Wait until the first frame was applied."""
        await self.page.wait_for_function("() => window.sanxun && window.sanxun.workers.seq >= 0", timeout=PATIENCE_MS)

    async def sees(self, worker: Worker, lat: float, lon: float) -> None:
        await self.page.wait_for_function(STANDS_AT, arg=[worker.id, lat, lon], timeout=PATIENCE_MS, polling=20)

    async def state(self, key: str) -> Any:
        return await self.page.evaluate("(key) => window.sanxun.state.values[key]", key)

    async def until_state(self, key: str, value: object) -> None:
        same = "([key, value]) => JSON.stringify(window.sanxun.state.values[key]) === JSON.stringify(value)"
        await self.page.wait_for_function(same, arg=[key, value], timeout=PATIENCE_MS)

    def workers(self) -> set[int]:
        """Every worker id in every binary frame, read without the page's decoder."""
        viewer = Viewer(seq=2**32)
        return {worker_id for frame in self.frames for worker_id in viewer.apply(frame).rows}


PageAs = Callable[..., Any]
