"""The running program, shared by the tests of this folder; each test takes workers of its own."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, async_playwright

from tests.acceptance.pages import WATCH_VIOLATIONS, PageAs, Reader
from tests.acceptance.phones import Phone, phone_of_its_own
from tests.acceptance.program import Program

CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    "--no-sandbox",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def running(prefix: str) -> Iterator[Program]:
    with tempfile.TemporaryDirectory(prefix=prefix) as folder:
        Path(folder).chmod(0o755)  # PostgreSQL runs under another user when tests run as root
        program = Program(Path(folder) / "data")
        program.start()
        try:
            yield program
        finally:
            status = program.stop()
        assert status == 0, program.said


@pytest.fixture(scope="session")
def server() -> Iterator[Program]:
    """The program that no test may stop."""
    yield from running("sanxun-acceptance-")


@pytest.fixture(scope="session")
def fragile_server() -> Iterator[Program]:
    """Another program, for tests that stop it or take its database away; they leave it running and ready."""
    yield from running("sanxun-fragile-")


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """Debian's Chromium; tests that use it run on the session's loop."""
    async with async_playwright() as playwright:
        opened = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield opened
        await opened.close()


@pytest_asyncio.fixture(loop_scope="session")
async def page_as(browser: Browser) -> AsyncIterator[PageAs]:
    """Opens the map as an account; at the end no page may have complained."""
    opened: list[tuple[BrowserContext, Reader]] = []

    async def open_page(server: Program, name: str, search: str = "") -> Reader:
        context = await browser.new_context(
            viewport={"width": 900, "height": 560}, locale="zh-CN", reduced_motion="reduce"
        )
        await context.add_cookies([{"name": "sanxun_session", "value": server.cookie(name), "url": server.url}])
        await context.add_init_script(WATCH_VIOLATIONS)
        reader = Reader(await context.new_page())
        reader.listen()
        opened.append((context, reader))
        await reader.open(f"{server.url}/{search}")
        return reader

    yield open_page
    complaints: list[str] = []
    for context, reader in opened:
        complaints += await reader.page.evaluate("() => window.violations")
        complaints += reader.complaints
        await context.close()
    assert complaints == []


@pytest_asyncio.fixture(loop_scope="session")
async def phone(server: Program, browser: Browser) -> AsyncIterator[Phone]:
    """A worker's phone, not enrolled yet."""
    async with phone_of_its_own(server, browser) as one:
        yield one
