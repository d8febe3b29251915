"""The page from which other clients are written says what the code does."""

from __future__ import annotations

import re
from pathlib import Path

import orjson
import pytest

from tracker.ingest import screen, trail
from tracker.ingest.dialects import native, native_message, osmand, overland, owntracks, reading
from tracker.ingest.rejects import MAX_REJECTED
from tracker.tracks.model import Flag

PAGE = (Path(__file__).parents[3] / "docs" / "phones.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)
OBJECT, COMPACT, ANSWER = (example.encode() for example in EXAMPLES)
SOURCES = "".join(
    Path(module.__file__ or "").read_text(encoding="utf-8")
    for module in (native, osmand, overland, owntracks, reading, screen)
)


def section(title: str) -> str:
    return PAGE.split(f"{title}\n", 1)[1].split("\n## ", 1)[0].split("\n### ", 1)[0]


def names_in_table(text: str) -> set[str]:
    cells = re.findall(r"^\| (`[^|]*)\|", text, re.MULTILINE)
    return {name for cell in cells for name in re.findall(r"`([a-z0-9_]+)`", cell)}


def test_decodes_the_example_of_the_object_form() -> None:
    upload = native.decode(OBJECT, 0)
    assert [fix.recorded_at_ms for fix in upload.fixes] == [1_779_999_985_000, 1_780_000_000_000]
    assert upload.rejected == []


def test_decodes_the_example_of_the_compact_form_to_the_same_places() -> None:
    packed, plain = (native.decode_exactly(body).fixes for body in (COMPACT, OBJECT))
    assert [(fix.recorded_at_ms, fix.lat, fix.lon, fix.flags) for fix in packed] == [
        (fix.recorded_at_ms, fix.lat, fix.lon, fix.flags) for fix in plain
    ]


def test_shows_an_answer_of_the_right_shape() -> None:
    fields = set(orjson.loads(ANSWER))
    assert fields == set(native.Reply.__struct_fields__)
    assert set(orjson.loads(ANSWER)["quarantined"][0]) == set(native_message.QuarantinedPart.__struct_fields__)


def test_describes_every_field_of_the_object_form() -> None:
    told = names_in_table(section("### Object form"))
    assert told == {*native_message.NativeFix.__struct_fields__, "crs", "fixes", "sent_at", "app"}


def test_describes_every_field_of_the_compact_form() -> None:
    told = names_in_table(section("### Compact form"))
    assert told == set(native.Message.__struct_fields__) - {"fixes", "sent_at"}


def test_names_every_reason() -> None:
    used = set(re.findall(r'Unfit\(\s*"([a-z_]+)"', SOURCES)) | {"future", "too_old", "too_many_rejected"}
    assert names_in_table(section("## What is checked")) == used | {"missing", "bad_time"}


@pytest.mark.parametrize("flag", list(Flag))
def test_names_every_flag(flag: Flag) -> None:
    assert f"`{flag.name}`" in section("## What is checked")


def test_states_the_limits_of_the_code() -> None:
    limits = {
        f"{screen.FUTURE_MS // 1000} s ahead",
        f"older than {screen.RETENTION_MS // 86_400_000} days",
        f"above {screen.INACCURATE_M:.0f} m",
        f"faster than {trail.JUMP_MPS:.0f} m/s",
        f"{trail.FROZEN_MS // 60_000} minutes and {trail.FROZEN_FIXES} fixes",
        f"more than {screen.LATE_MS // 60_000} minutes",
        f"beyond {reading.MAX_PARTS} parts",
        f"beyond {MAX_REJECTED} rejected",
        f"At most {native_message.MAX_FIXES} fixes",
    }
    assert {limit for limit in limits if limit not in PAGE} == set()
