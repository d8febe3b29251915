"""Where a phone's token is found, and where it is not looked for."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.people.credentials import Way, token_in_body, token_of, ways_of

ALL = Way.BEARER | Way.BASIC | Way.QUERY | Way.IDENTIFIER


def basic(text: str) -> str:
    return "Basic " + base64.b64encode(text.encode()).decode()


def test_bearer_header_gives_its_token() -> None:
    assert token_of("Bearer abc", {}, Way.BEARER) == "abc"
    assert token_of("bearer  abc ", {}, Way.BEARER) == "abc"


def test_basic_password_is_the_token_and_may_hold_colons() -> None:
    assert token_of(basic("wang:abc:d"), {}, Way.BASIC) == "abc:d"


@pytest.mark.parametrize(
    "header", [None, "", "Bearer", "Bearer ", "Basic ???", basic("no-colon"), basic("user:"), "Digest x"]
)
def test_header_without_token_gives_none(header: str | None) -> None:
    assert token_of(header, {}, ALL) is None


def test_query_and_identifier_are_found() -> None:
    assert token_of(None, {"token": "abc"}, ALL) == "abc"
    assert token_of(None, {"id": "abc"}, ALL) == "abc"
    assert token_of(None, {"deviceid": "abc"}, ALL) == "abc"


def test_header_wins_over_query() -> None:
    assert token_of("Bearer header", {"token": "query", "id": "id"}, ALL) == "header"


def test_only_the_allowed_ways_are_looked_at() -> None:
    query = {"token": "abc", "id": "abc"}
    assert token_of(basic("u:abc"), query, Way.BEARER) is None
    assert token_of("Bearer abc", query, Way.BASIC) is None
    assert token_of(None, {"id": "abc"}, Way.QUERY) is None


@pytest.mark.parametrize(
    ("path", "way", "allowed"),
    [
        ("/osmand", Way.IDENTIFIER, True),
        ("/owntracks", Way.BASIC, True),
        ("/owntracks", Way.IDENTIFIER, False),
        ("/overland", Way.QUERY, True),
        ("/api/v1/pings", Way.QUERY, False),
        ("/api/v1/duty/on", Way.BASIC, False),
    ],
)
def test_each_address_has_its_ways(path: str, way: Way, allowed: bool) -> None:  # noqa: FBT001 - a table's column
    assert (way in ways_of(path)) is allowed


@pytest.mark.parametrize(
    ("content_type", "body", "token"),
    [
        ("application/x-www-form-urlencoded", b"lat=1&id=abc&lon=2", "abc"),
        ("application/x-www-form-urlencoded", b"lat=1", None),
        ("application/json", b'{"device_id":"abc","location":{}}', "abc"),
        ("application/json", b'[{"id":"abc","lat":1},{"id":"def"}]', "abc"),
        ("application/json", b'{"id":17}', None),
        ("application/json", b"[]", None),
        ("application/json", b"17", None),
        ("application/json", b"{", None),
        ("application/json", b'{"id":"' + b"x" * 70_000 + b'"}', None),
    ],
)
def test_identifier_in_a_body(content_type: str, body: bytes, token: str | None) -> None:
    assert token_in_body(content_type, body) == token


@given(st.one_of(st.text(), st.text().map(lambda text: f"Basic {text}")))
def test_any_header_gives_a_token_or_none(header: str) -> None:
    found = token_of(header, {}, ALL)
    assert found is None or found


@given(st.binary(), st.sampled_from(["application/json", "application/x-www-form-urlencoded", "text/plain"]))
def test_any_body_gives_a_token_or_none(body: bytes, content_type: str) -> None:
    found = token_in_body(content_type, body)
    assert found is None or isinstance(found, str)
