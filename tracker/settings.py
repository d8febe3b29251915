"""Every setting with its default, its sentence and its check: flags beat the environment, which beats the TOML file."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import Field, dataclass, field, fields
from ipaddress import ip_network
from pathlib import Path
from typing import Any

from tracker.errors import WrongSetting

ENV_PREFIX = "TRACKER_"


def _setting(default: Any, about: str, check: Callable[[str, Any], Any], *, flag: str | None = None) -> Any:
    return field(default=default, metadata={"about": about, "check": check, "flag": flag})


def _integer(low: int, high: int) -> Callable[[str, Any], int]:
    def check(key: str, value: Any) -> int:
        try:
            number = int(str(value))
        except ValueError:
            number = low - 1
        if not low <= number <= high:
            raise WrongSetting(key=key, value=value, allowed=f"a whole number from {low} to {high}")
        return number

    return check


def _text(key: str, value: Any) -> str:
    if not isinstance(value, str):
        raise WrongSetting(key=key, value=value, allowed="text")
    return value


def _phone(key: str, value: Any) -> str:
    text = _text(key, value).strip()
    if not set(text) <= set("0123456789+- "):
        raise WrongSetting(key=key, value=value, allowed="digits, +, - and spaces, or empty")
    return text


def _path(key: str, value: Any) -> Path:
    return value if isinstance(value, Path) else Path(_text(key, value)).expanduser()


def _boolean(key: str, value: Any) -> bool:
    words = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}
    found = words.get(str(value).lower())
    if found is None:
        raise WrongSetting(key=key, value=value, allowed="true or false")
    return found


def _one_of(*allowed: str) -> Callable[[str, Any], str]:
    def check(key: str, value: Any) -> str:
        if value not in allowed:
            raise WrongSetting(key=key, value=value, allowed=" or ".join(allowed))
        return str(value)

    return check


def _database_url(key: str, value: Any) -> str:
    text = _text(key, value)
    if text and not text.startswith(("postgresql://", "postgres://")):
        raise WrongSetting(key=key, value=value, allowed="postgresql://user@host/name, or empty for the embedded one")
    return text


def _http_url(key: str, value: Any) -> str:
    text = _text(key, value).rstrip("/")
    if text and not text.startswith(("http://", "https://")):
        raise WrongSetting(key=key, value=value, allowed="http://… or https://…, or empty")
    return text


def _nats_url(key: str, value: Any) -> str:
    text = _text(key, value)
    if text and not text.startswith(("nats://", "tls://")):
        raise WrongSetting(key=key, value=value, allowed="nats://token@host:4222, or empty")
    return text


def _tiles_url(key: str, value: Any) -> str:
    text = _text(key, value)
    complete = text.startswith(("http://", "https://")) and all(part in text for part in ("{z}", "{x}", "{y}"))
    if text and not complete:
        raise WrongSetting(key=key, value=value, allowed="http(s)://… with {z}, {x} and {y}, or empty")
    return text


def _networks(key: str, value: Any) -> str:
    for text in filter(None, _text(key, value).split(",")):
        try:
            ip_network(text.strip())
        except ValueError:
            raise WrongSetting(key=key, value=value, allowed="networks such as 10.0.0.0/8, comma between") from None
    return str(value)


@dataclass(frozen=True, kw_only=True, slots=True)
class Settings:
    """What can be set; the key is the field's name, its environment variable TRACKER_ and the name in capitals."""

    host: str = _setting("127.0.0.1", "address to listen on; 0.0.0.0 for every network", _text, flag="--host")
    port: int = _setting(8080, "the one port of everything", _integer(0, 65535), flag="--port")
    data: Path = _setting(  # noqa: RUF009  # a frozen value
        Path("data"), "folder of the embedded database and everything kept", _path, flag="--data"
    )
    database: str = _setting(
        "", "an outside PostgreSQL 15 or newer instead of the embedded one", _database_url, flag="--database"
    )
    processes: int = _setting(
        1, "processes of this machine: one house and the others for uploads", _integer(1, 64), flag="--processes"
    )
    bus: str = _setting(
        "", "the NATS server through which several machines agree; empty: one of our own", _nats_url, flag="--bus"
    )
    machine_role: str = _setting(
        "all",
        "all, or ingest for a further machine that only takes uploads",
        _one_of("all", "ingest"),
        flag="--machine-role",
    )
    public_url: str = _setting(
        "", "the address that phones use, for QR codes; default http://HOST:PORT", _http_url, flag="--public-url"
    )
    log_level: str = _setting(
        "info", "debug, info, warning or error", _one_of("debug", "info", "warning", "error"), flag="--log-level"
    )
    trusted_proxies: str = _setting(
        "", "networks whose X-Forwarded-… headers count, such as 10.0.0.0/8, separated by commas", _networks
    )
    retention_days: int = _setting(90, "days for which tracks are kept", _integer(1, 180))
    data_handler: str = _setting("", "who processes the workers' data, as the phone's privacy notice names them", _text)
    data_contact: str = _setting("", "how to reach them, as the phone's privacy notice says it", _text)
    call_phone: str = _setting("", "telephone number of the duty desk, shown on the phone page; empty: none", _phone)
    hotline: str = _setting(
        "12345", "the county's hotline, on posters and on the pages of citizens; empty: none is named", _phone
    )
    partitions_ahead_days: int = _setting(7, "days for which partitions are made ahead of time", _integer(2, 60))
    compact_after_minutes: int = _setting(
        60, "minutes after which tracks are compacted, once their span of two hours is over", _integer(1, 14400)
    )
    commit_gap_ms: int = _setting(10, "least time between two group commits", _integer(0, 1000))
    ingest_queue_fixes: int = _setting(
        100_000, "fixes that may wait for a commit before phones are told to come later", _integer(1000, 10_000_000)
    )
    upload_limit_kib: int = _setting(1024, "largest upload of a phone", _integer(16, 65536))
    fast_lane: bool = _setting(
        default=True, about="answer plain uploads ahead of the web framework, at a fraction of its cost", check=_boolean
    )
    tick_ms: int = _setting(
        250, "how long a change may wait for a frame of the live stream; a busy county waits less", _integer(20, 5000)
    )
    stale_s: int = _setting(120, "age at which a position is shown as stale", _integer(10, 86400))
    offline_s: int = _setting(900, "age at which a worker is shown as offline", _integer(30, 604800))
    session_hours: int = _setting(12, "hours after which a person signs in again", _integer(1, 72))
    session_idle_minutes: int = _setting(60, "idle minutes after which a session ends", _integer(5, 1440))
    duty_required: bool = _setting(default=True, about="store fixes only while the worker is on duty", check=_boolean)
    ops_token: str = _setting("", "bearer token for /metrics from other machines; empty: this machine only", _text)
    person_keys: str = _setting(
        "", "file of the keys that seal reporters' names and phones; default person-keys.json in the data folder", _text
    )
    webhook_private: bool = _setting(
        default=False, about="webhooks may go to addresses of private networks", check=_boolean
    )
    raster_url: str = _setting("", "template {z}/{x}/{y} of an approved raster base map; empty: none", _tiles_url)
    raster_attribution: str = _setting("", "attribution of the raster base map", _text)
    raster_datum: str = _setting("wgs84", "datum of the raster base map: wgs84 or gcj02", _one_of("wgs84", "gcj02"))
    pmtiles: str = _setting("", "path of a local PMTiles file shown as base map; empty: none", _text)

    def __post_init__(self) -> None:
        if self.machine_role == "ingest" and not (self.bus and self.database):
            raise WrongSetting(
                key="machine_role",
                value=self.machine_role,
                allowed="all, unless database and bus name the first machine's",
            )
        if self.bus and not self.database:
            raise WrongSetting(key="bus", value=self.bus, allowed="empty without database: others could not reach it")
        if self.offline_s <= self.stale_s:
            raise WrongSetting(key="offline_s", value=self.offline_s, allowed=f"more than stale_s ({self.stale_s})")


def read(flags: Mapping[str, Any], environ: Mapping[str, str], file: Path | None = None) -> Settings:
    """Settings from flags (None = not given), environment and TOML file; raises WrongSetting for the first wrong."""
    known = {one.name: one for one in fields(Settings)}
    values: dict[str, Any] = {}
    for source in (_from_file(file), _from_environment(environ, known), flags):
        for key, value in source.items():
            if key not in known:
                raise WrongSetting(key=key, value=value, allowed=f"one of the keys {', '.join(known)}")
            if value is not None:
                values[key] = known[key].metadata["check"](key, value)
    return Settings(**values)


def documented() -> list[Field[Any]]:
    """All settings in order, for --help and the reference."""
    return list(fields(Settings))


def _from_file(file: Path | None) -> dict[str, Any]:
    if file is None:
        return {}
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise WrongSetting(key="config", value=file, allowed=f"a readable TOML file ({error})") from None


def _from_environment(environ: Mapping[str, str], known: Mapping[str, object]) -> dict[str, str]:
    found = {}
    for name, value in environ.items():
        key = name.removeprefix(ENV_PREFIX).lower()
        if not name.startswith(ENV_PREFIX) or key == "config":
            continue
        if key not in known:
            raise WrongSetting(key=name, value=value, allowed=f"{ENV_PREFIX}KEY with a key of {', '.join(known)}")
        found[key] = value
    return found
