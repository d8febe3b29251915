from __future__ import annotations

import gzip
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from yarl import URL

from tracker.web.static import FOLDER, PAGES, ROOT_FILES, StaticFiles

Serve = Callable[..., Awaitable[Any]]
SCRIPT = "export const answer = 42;\n" * 100


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    static = tmp_path / "static"
    (static / "js").mkdir(parents=True)
    (static / "pages").mkdir()
    (static / "js" / "a.js").write_text(SCRIPT)
    (static / "js" / "small.js").write_text("1")
    (static / "pages" / "map.html").write_text("<p>三巡</p>")
    (static / ".hidden").write_text("secret")
    (tmp_path / "outside.txt").write_text("secret")
    return static


@pytest.fixture
async def client(serve: Serve, folder: Path) -> Any:
    return await serve(StaticFiles(folder).routes())


async def test_a_file_comes_with_its_type(client: Any) -> None:
    answer = await client.get("/static/js/a.js")
    assert (answer.status, answer.headers["Content-Type"]) == (200, "text/javascript; charset=utf-8")
    assert await answer.text() == SCRIPT


async def test_a_page_stands_at_its_path(client: Any) -> None:
    answer = await client.get("/")
    assert (await answer.text(), answer.content_type, answer.charset) == ("<p>三巡</p>", "text/html", "utf-8")


@pytest.mark.parametrize(
    "name",
    ["../outside.txt", "..%2foutside.txt", "js/../../outside.txt", "%2e%2e/outside.txt", "/etc/passwd", ".hidden",
     "js", "js/", "none.js", "a%00.js", "x" * 5000, "js/a.js/more"],
)  # fmt: skip
async def test_nothing_outside_the_folder_is_served(client: Any, name: str) -> None:
    answer = await client.get(URL(f"/static/{name}", encoded=True))
    assert (answer.status, (await answer.json())["error"]["code"]) == (404, "not_found")


async def test_a_link_out_of_the_folder_is_refused(client: Any, folder: Path) -> None:
    (folder / "link.txt").symlink_to(folder.parent / "outside.txt")
    assert (await client.get("/static/link.txt")).status == 404


async def test_the_etag_answers_304_without_a_body(client: Any) -> None:
    etag = (await client.get("/static/js/a.js")).headers["ETag"]
    answer = await client.get("/static/js/a.js", headers={"If-None-Match": etag})
    assert (answer.status, await answer.read()) == (304, b"")


@pytest.mark.parametrize("form", ["W/{}", '"other", {}', "*"])
async def test_proxies_may_weaken_or_list_etags(client: Any, form: str) -> None:
    etag = (await client.get("/static/js/a.js")).headers["ETag"]
    assert (await client.get("/static/js/a.js", headers={"If-None-Match": form.format(etag)})).status == 304


async def test_another_etag_gets_the_file(client: Any) -> None:
    assert (await client.get("/static/js/a.js", headers={"If-None-Match": '"old"'})).status == 200


async def test_a_changed_file_is_read_again(client: Any, folder: Path) -> None:
    before = (await client.get("/static/js/a.js")).headers["ETag"]
    (folder / "js" / "a.js").write_text("changed")
    os.utime(folder / "js" / "a.js", ns=(1, 1))
    answer = await client.get("/static/js/a.js", headers={"If-None-Match": before})
    assert (answer.status, await answer.text()) == (200, "changed")


async def raw(client: Any, name: str, accept: str) -> tuple[str | None, bytes]:
    """Encoding and bytes as they came over the wire."""
    async with client.session.get(
        client.make_url(f"/static/js/{name}"), headers={"Accept-Encoding": accept}, auto_decompress=False
    ) as answer:
        return answer.headers.get("Content-Encoding"), await answer.read()


async def test_text_is_compressed_once_for_who_takes_it(client: Any) -> None:
    encoding, body = await raw(client, "a.js", "br, gzip")
    assert encoding == "gzip"
    assert len(body) < len(SCRIPT) / 5
    assert gzip.decompress(body).decode() == SCRIPT


@pytest.mark.parametrize("accept", ["identity", "br", "gzip;q=0"])
async def test_who_does_not_take_gzip_gets_the_plain_file(client: Any, accept: str) -> None:
    assert await raw(client, "a.js", accept) == (None, SCRIPT.encode())


async def test_a_small_file_is_sent_as_it_is(client: Any) -> None:
    assert await raw(client, "small.js", "gzip") == (None, b"1")


async def test_caches_must_ask_again(client: Any) -> None:
    headers = (await client.get("/static/js/a.js")).headers
    assert (headers["Cache-Control"], headers["Vary"]) == ("no-cache", "Accept-Encoding")


@pytest.mark.parametrize("name", [*PAGES.values(), *ROOT_FILES.values()])
def test_every_fixed_path_has_its_file(name: str) -> None:
    assert (FOLDER / name).is_file()


async def test_a_file_is_kept_once_however_its_name_is_spelt(serve: Serve, folder: Path) -> None:
    files = StaticFiles(folder)
    client = await serve(files.routes())
    for name in ("js/a.js", "js//a.js", "js/./a.js", "js/../js/a.js"):
        assert (await client.get(URL(f"/static/{name}", encoded=True))).status == 200
    assert len(files._files) == 1


async def test_chinese_names_are_found(client: Any, folder: Path) -> None:
    (folder / "三巡.txt").write_text("x")
    assert (await client.get(f"/static/{quote('三巡')}.txt")).status == 200
