"""The native upload of Sanxun's own phone page and of any client written from docs/phones.md, in both its forms.

A well-formed upload goes straight to packed columns (native_packed.py); every other one is read here, exactly.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from typing import Any

import msgspec
from msgspec import UNSET

from tracker import jsonio
from tracker.errors import BadValue
from tracker.geo.datum import Crs
from tracker.ingest.columns import CHARGING_BIT, FLAGS, HELP_BIT, MOCK_BIT
from tracker.ingest.dialects.native_message import (
    MAX_FIXES,
    VERSION,
    Message,
    NativeFix,
    Next,
    QuarantinedPart,
    Reply,
)
from tracker.ingest.dialects.native_packed import packed
from tracker.ingest.dialects.reading import instant_ms, whole_ms, without_nan
from tracker.ingest.model import RawFix, Receipt, Rejected, Upload
from tracker.ingest.rejects import MAX_VALUE, Rejects, Unfit, shown
from tracker.tracks.model import Dialect

__all__ = ["CONTENT_TYPE", "STATUS", "Message", "Reply", "decode", "decode_exactly", "reply"]

STATUS = 200
CONTENT_TYPE = "application/json"
_DATUMS = ", ".join(Crs)
_COLUMNS = ("dlat", "dlon", "acc", "spd", "brg", "bat", "flg")
_E7 = 1e7  # dividing the exact integer gives the same double as parsing its decimal: both forms agree

_DECODER = msgspec.json.Decoder(Message)
_ENCODER = msgspec.json.Encoder()


def decode(body: bytes, received_at_ms: int) -> Upload:  # noqa: ARG001  # one signature for all dialects
    """Read one message; raises BadValue (400) if its structure is wrong, for then the client needs mending."""
    return packed(body) or decode_exactly(body)


def decode_exactly(body: bytes) -> Upload:
    """The same fix by fix: what is wrong in it is named; raises BadValue."""
    rejects = Rejects()
    message = _message(body, rejects)
    crs = _given(message.crs, "crs", _DATUMS)
    if message.fixes is not UNSET:
        fixes = _from_objects(message.fixes, rejects)
        sent_at_ms = _sent_at_ms(message.sent_at)
    else:
        fixes = _from_columns(message)
        sent_at_ms = message.sent
    return Upload(
        dialect=Dialect.NATIVE,
        crs=crs,
        fixes=fixes,
        rejected=rejects.all(),
        sent_at_ms=sent_at_ms,
        app=shown(message.app[:MAX_VALUE]),
    )


def reply(receipt: Receipt, *, server_time_ms: int, on_duty: bool, interval_s: int) -> bytes:
    """The JSON answer (shape: Reply)."""
    return _ENCODER.encode(
        Reply(
            stored=receipt.stored,
            duplicate=receipt.duplicate,
            off_duty=receipt.off_duty,
            quarantined=[_part(rejected) for rejected in receipt.quarantined],
            server_time_ms=server_time_ms,
            on_duty=on_duty,
            next=Next(interval_s=interval_s),
        )
    )


def _part(rejected: Rejected) -> QuarantinedPart:
    return QuarantinedPart(index=rejected.index, reason=rejected.reason, field=rejected.field, value=rejected.value)


def _message(body: bytes, rejects: Rejects) -> Message:
    try:
        return _DECODER.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return _message_in_need(without_nan(body), rejects)
    except RecursionError:
        raise BadValue(field="body", value=_start(body), allowed="JSON that is not nested so deep") from None


def _message_in_need(body: bytes, rejects: Rejects) -> Message:
    """Second try without NaN, which is not JSON; what is wrong then is told by field and value."""
    try:
        return jsonio.decode(body, Message)
    except BadValue as error:
        if error.field == "crs":
            raise BadValue(field="crs", value=error.value, allowed=_DATUMS) from None
        if error.field.startswith("fixes["):
            return _message_in_parts(body, rejects)
        raise
    except RecursionError:
        raise BadValue(field="body", value=_start(body), allowed="JSON that is not nested so deep") from None


def _message_in_parts(body: bytes, rejects: Rejects) -> Message:
    """Third try fix by fix: one that no client should write must not keep the others on the phone for ever."""
    members = jsonio.decode(body, dict[str, msgspec.Raw])
    parts = jsonio.decode(bytes(members["fixes"]), list[msgspec.Raw])
    if len(parts) > MAX_FIXES:
        raise BadValue(field="fixes", value=f"{len(parts)} fixes", allowed=f"array of length <= {MAX_FIXES}")
    fixes = [_fix_or_none(index, part, rejects) for index, part in enumerate(parts)]
    rest = msgspec.json.encode(members | {"fixes": msgspec.Raw(b"[]")})
    return msgspec.structs.replace(jsonio.decode(rest, Message), fixes=fixes)


def _fix_or_none(index: int, part: msgspec.Raw, rejects: Rejects) -> NativeFix | None:
    try:
        return jsonio.decode(bytes(part), NativeFix)
    except BadValue as error:
        rejects.add(index, Unfit("not_a_fix", field=error.field, value=error.value), bytes(part))
        return None


def _start(body: bytes) -> str:
    return body[:80].decode("utf-8", "replace")


def _given(value: Any, field: str, allowed: str) -> Any:
    if value is UNSET:
        raise BadValue(field=field, value="nothing", allowed=allowed)
    return value


def _sent_at_ms(sent_at: float | str | None) -> int | None:
    if sent_at is None:
        return None
    try:
        return _time_ms(sent_at, "sent_at")
    except Unfit as unfit:
        allowed = "Unix milliseconds, or RFC 3339 with a zone"
        raise BadValue(field="sent_at", value=unfit.value, allowed=allowed) from None


def _time_ms(value: float | str | None, field: str) -> int:
    if isinstance(value, str):
        return instant_ms(value, field)
    if value is None:
        raise Unfit("missing", field=field, value=value)
    return whole_ms(value, field)


def _from_objects(fixes: Sequence[NativeFix | None], rejects: Rejects) -> list[RawFix]:
    good = []
    for index, fix in enumerate(fixes):
        if fix is None:  # rejected while it was decoded
            continue
        try:
            good.append(_raw(index, fix))
        except Unfit as unfit:
            rejects.add(index, unfit, fix)
    return good


def _raw(index: int, fix: NativeFix) -> RawFix:
    recorded_at_ms = _time_ms(fix.t, "t")
    lat, lon = fix.lat, fix.lon
    if lat is None or lon is None:
        raise Unfit("missing", field="lat" if lat is None else "lon", value=None)
    flags = (MOCK_BIT if fix.mock else 0) | (CHARGING_BIT if fix.chg else 0) | (HELP_BIT if fix.help else 0)
    return RawFix(
        index=index,
        recorded_at_ms=recorded_at_ms,
        lat=lat,
        lon=lon,
        accuracy_m=_known(fix.acc),
        speed_mps=_known(fix.spd),
        bearing_deg=_known(fix.brg),
        altitude_m=fix.alt,
        battery=_known(fix.bat),
        flags=FLAGS[flags],
    )


def _known(reading: float | None) -> float | None:
    return None if reading is None or reading < 0 else reading


def _from_columns(message: Message) -> list[RawFix]:
    _check_columns(message)
    times = _sums(message.t0, message.dt)
    lats = _sums(message.lat0, message.dlat)
    lons = _sums(message.lon0, message.dlon)
    unknown = [-1] * len(times)
    readings = [column or unknown for column in (message.acc, message.spd, message.brg, message.bat)]
    bits = message.flg or [0] * len(times)
    return [
        RawFix(
            index=index,
            recorded_at_ms=time,
            lat=lat / _E7,
            lon=lon / _E7,
            accuracy_m=acc if acc >= 0 else None,
            speed_mps=spd / 100 if spd >= 0 else None,
            bearing_deg=brg if brg >= 0 else None,
            battery=bat if bat >= 0 else None,
            flags=FLAGS[flg & 7],
        )
        for index, (time, lat, lon, acc, spd, brg, bat, flg) in enumerate(
            zip(times, lats, lons, *readings, bits, strict=True)
        )
    ]


def _check_columns(message: Message) -> None:
    allowed = f"the compact form has v = {VERSION}, t0, lat0, lon0, dt, dlat and dlon"
    if message.v is UNSET:
        raise BadValue(field="fixes", value="nothing", allowed=f"a list of fixes; {allowed}")
    if message.v != VERSION:
        raise BadValue(field="v", value=message.v, allowed=str(VERSION))
    for name in ("t0", "lat0", "lon0", "dt", "dlat", "dlon"):
        _given(getattr(message, name), name, allowed)
    count = len(message.dt)  # type: ignore[arg-type]
    for name in _COLUMNS:
        column = getattr(message, name)
        if column is not None and len(column) != count:
            raise BadValue(field=name, value=f"{len(column)} values", allowed=f"{count} values, as many as dt")


def _sums(start: Any, deltas: Any) -> list[int]:
    return list(accumulate(deltas, initial=start))[1:]
