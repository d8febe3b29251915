from __future__ import annotations

import asyncio
import contextlib
import re
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import aiohttp
import orjson
import pytest

from tests.demo_server import Demo, running_demo
from tracker import clock
from tracker.metrics import Metrics

ROOT = Path(__file__).resolve().parents[2]
GRAFANA = ROOT / "grafana"
RULES = GRAFANA / "prometheus" / "rules.yml"
DASHBOARD = GRAFANA / "dashboards" / "flow.json"
PATIENCE_S = 50.0
VARIABLES = {"$job": ".*", "$instance": ".*", "$__rate_interval": "1m"}
FLOW = ("fixes_received", "fixes_accepted", "fixes_stored", "fixes_published", "live_records")

pytestmark = [pytest.mark.slow, pytest.mark.timeout(150)]


def program(name: str) -> str:
    found = shutil.which(name)
    assert found, f"{name} is missing; the Debian package prometheus has it"
    return found


def panels() -> list[dict[str, Any]]:
    found = orjson.loads(DASHBOARD.read_bytes())["panels"]
    return [panel for panel in found if panel["type"] != "row"]


def expressions() -> list[str]:
    return [target["expr"] for panel in panels() for target in panel["targets"]]


def names_of_series() -> dict[str, str]:
    """Every series as it is exposed, with its kind."""
    endings = {"counter": "_total", "gauge": "", "histogram": ""}
    families = Metrics().registry.collect()
    return {family.name + endings[family.type]: family.type for family in families}


@contextlib.contextmanager
def prometheus(target: str) -> Iterator[str]:
    """Prometheus with the rules of the project, once a second; yields its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    with tempfile.TemporaryDirectory(prefix="sanxun-prometheus-") as folder:
        config = Path(folder) / "prometheus.yml"
        text = (GRAFANA / "prometheus" / "prometheus.yml").read_text(encoding="utf-8")
        config.write_text(text.replace("10s", "1s").replace("127.0.0.1:8080", target).replace("rules.yml", str(RULES)))
        words = [f"--config.file={config}", f"--storage.tsdb.path={folder}/tsdb", f"--web.listen-address={address}"]
        with subprocess.Popen([program("prometheus"), *words], stderr=subprocess.DEVNULL) as process:
            try:
                yield f"http://{address}"
            finally:
                process.terminate()
                process.wait(20)


@pytest.fixture(scope="module")
def demo() -> Iterator[Demo]:
    with running_demo(walkers=12) as running:
        yield running


@pytest.fixture(scope="module")
def server(demo: Demo) -> Iterator[str]:
    with prometheus(demo.host) as address:
        yield address


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:
        yield session


async def ask(http: aiohttp.ClientSession, server: str, expression: str) -> list[Any]:
    """The result of one query; an answer that is not a success fails."""
    for name, value in VARIABLES.items():
        expression = expression.replace(name, value)
    async with http.post(f"{server}/api/v1/query", data={"query": expression}) as answer:
        body = await answer.json()
    assert body["status"] == "success", (expression, body)
    result: list[Any] = body["data"]["result"]
    return result


async def wait_for(http: aiohttp.ClientSession, server: str, expression: str) -> None:
    """Ask until the expression has a value."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        with contextlib.suppress(aiohttp.ClientConnectionError):  # still starting
            if await ask(http, server, expression):
                return
        await asyncio.sleep(0.2)
    raise AssertionError(f"no value within {PATIENCE_S} s: {expression}")


@contextlib.asynccontextmanager
async def watching(http: aiohttp.ClientSession, demo: Demo) -> AsyncIterator[None]:
    """Somebody looks at the live map."""
    account = next(one for one in demo.credentials.accounts if one.name == "county")
    async with http.post(
        f"{demo.url}/api/v1/session", json={"name": account.name, "password": account.password}
    ) as got:
        headers = {"Cookie": f"sanxun_session={got.cookies['sanxun_session'].value}", "Origin": demo.url}
    url = f"{demo.url}/api/v1/live"
    async with http.ws_connect(url, headers=headers, protocols=["sanxun.live.1"], max_msg_size=0) as socket_:
        reading = asyncio.create_task(_read(socket_), name="viewer")
        try:
            yield
        finally:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)


async def _read(socket_: aiohttp.ClientWebSocketResponse) -> None:
    async for _ in socket_:
        pass


async def send_doubtful(http: aiohttp.ClientSession, demo: Demo) -> None:
    """A phone that sends a position of tomorrow, one that it made up, and the same again."""
    device = demo.credentials.devices[-1]
    headers = {"Authorization": f"Bearer {device.token}"}
    async with http.post(f"{demo.url}/api/v1/duty/on", headers=headers, json={}) as answer:
        assert answer.status == 200, await answer.text()
    now_ms = clock.now_ms()
    good = {"t": now_ms, "lat": 36.97, "lon": 115.26, "acc": 8, "mock": True}
    body = {"crs": "wgs84", "fixes": [good, {"t": now_ms + 86_400_000, "lat": 36.97, "lon": 115.26}]}
    for _ in range(2):
        async with http.post(f"{demo.url}/api/v1/pings", headers=headers, json=body) as answer:
            assert answer.status == 200, await answer.text()


async def test_prometheus_answers_every_query_of_the_dashboard(
    http: aiohttp.ClientSession, demo: Demo, server: str
) -> None:
    async with watching(http, demo):
        await send_doubtful(http, demo)
        for name in FLOW:
            await wait_for(http, server, f"sum(rate(sanxun_{name}_total[1m])) > 0")
        for expression in expressions():
            await ask(http, server, expression)
        empty = [panel["title"] for panel in panels() if not await ask(http, server, panel["targets"][0]["expr"])]
    # Nothing was refused, closed, pushed or failed, and there is one process; everything else must show something.
    quiet = {"关闭原因 Closed by reason", "错误 Errors (5xx)", "拒绝原因 Refused by reason"}
    assert set(empty) <= quiet | {"推送结果 Webhook tries", "连接转交 Connections passed"}


async def test_doubtful_positions_show_with_their_reason(http: aiohttp.ClientSession, demo: Demo, server: str) -> None:
    await send_doubtful(http, demo)
    await wait_for(http, server, "sum by (reason) (sanxun_fixes_quarantined_total) > 0")
    await wait_for(http, server, 'sanxun_fixes_flagged_total{flag="mock"} > 0')
    await wait_for(http, server, "sanxun_fixes_duplicate_total > 0")


async def test_every_hop_has_a_lag(http: aiohttp.ClientSession, demo: Demo, server: str) -> None:
    async with watching(http, demo):
        for name in ("ack_seconds", "commit_seconds", "publish_lag_seconds", "deliver_lag_seconds"):
            quantile = f"histogram_quantile(0.99, sum by (le) (rate(sanxun_{name}_bucket[1m])))"
            await wait_for(http, server, f"{quantile} >= 0")


async def test_every_rule_is_evaluated_and_silent(http: aiohttp.ClientSession, server: str) -> None:
    await wait_for(http, server, "sanxun_database_up == 1")
    deadline = time.monotonic() + PATIENCE_S
    healths: set[str] = {"unknown"}
    rules: list[dict[str, Any]] = []
    while "unknown" in healths and time.monotonic() < deadline:
        async with http.get(f"{server}/api/v1/rules") as answer:
            rules = (await answer.json())["data"]["groups"][0]["rules"]
        healths = {rule["health"] for rule in rules}
        await asyncio.sleep(0.1)
    assert healths == {"ok"}
    for rule in rules:
        await ask(http, server, rule["query"])
    assert [rule["name"] for rule in rules if rule["state"] == "firing"] == []


def test_promtool_takes_the_rules_and_the_configuration() -> None:
    for words in (["check", "config", "prometheus.yml"], ["test", "rules", "rules_test.yml"]):
        done = subprocess.run(
            [program("promtool"), *words], cwd=RULES.parent, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr


def test_every_alert_is_tried() -> None:
    alerts = set(re.findall(r"- alert: (\w+)", RULES.read_text(encoding="utf-8")))
    tried = set(re.findall(r'alertname="(\w+)"', (RULES.parent / "rules_test.yml").read_text(encoding="utf-8")))
    assert alerts == tried


@pytest.mark.parametrize(("name", "kind"), names_of_series().items())
def test_every_series_is_documented_with_its_kind(name: str, kind: str) -> None:
    text = (ROOT / "docs" / "metrics.md").read_text(encoding="utf-8")
    assert f"| `{name}` | {kind} |" in text


def test_nothing_else_is_documented() -> None:
    text = (ROOT / "docs" / "metrics.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| `(sanxun_\w+)`", text, re.MULTILINE) == list(names_of_series())


@pytest.mark.parametrize("name", names_of_series())
def test_every_series_stands_on_the_dashboard(name: str) -> None:
    assert any(re.search(rf"\b{name}(?:_bucket|_count|_sum)?\b", expression) for expression in expressions())


def test_dashboard_and_rules_ask_only_for_series_that_exist() -> None:
    text = "\n".join(expressions()) + RULES.read_text(encoding="utf-8")
    asked = set(re.findall(r"\b(sanxun_\w+)", text))
    known = {name + end for name in names_of_series() for end in ("", "_bucket", "_count", "_sum")}
    assert asked - known == set()


@pytest.mark.parametrize("attribute", [name for name in vars(Metrics()) if name != "registry"])
def test_every_series_is_set_somewhere(attribute: str) -> None:
    code = (path.read_text(encoding="utf-8") for path in (ROOT / "tracker").rglob("*.py") if path.name != "metrics.py")
    assert any(re.search(rf"metrics\.{attribute}\b", text) for text in code)


def test_titles_are_in_both_languages() -> None:
    both = re.compile(r"[\u4e00-\u9fff].*[A-Za-z]|^HTTP .*[\u4e00-\u9fff]")
    assert [panel["title"] for panel in panels() if not both.search(panel["title"])] == []
