"""Address, encryption and origin of a request, with and without proxies."""

from __future__ import annotations

from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request

from tracker.people.peer import Peers


def request_from(remote: str, **headers: str) -> web.Request:
    named = {name.replace("_", "-"): value for name, value in {"Host": "sanxun.example:8080", **headers}.items()}
    request: Any = make_mocked_request("GET", "/", headers=named)
    return request.clone(remote=remote)  # type: ignore[no-any-return]


PROXIED = Peers(trusted=["127.0.0.1/32", "10.0.0.0/8"])


def test_address_is_the_connections_without_a_trusted_proxy() -> None:
    assert Peers().address(request_from("203.0.113.9", X_Forwarded_For="1.2.3.4")) == "203.0.113.9"


def test_address_comes_from_a_trusted_proxy() -> None:
    assert PROXIED.address(request_from("127.0.0.1", X_Forwarded_For="203.0.113.9")) == "203.0.113.9"


def test_address_cannot_be_made_up_before_the_proxy() -> None:
    seen = PROXIED.address(request_from("127.0.0.1", X_Forwarded_For="1.1.1.1, 203.0.113.9, 10.2.3.4"))
    assert seen == "203.0.113.9"


def test_https_is_believed_only_of_a_trusted_proxy() -> None:
    assert PROXIED.is_secure(request_from("127.0.0.1", X_Forwarded_Proto="https"))
    assert not PROXIED.is_secure(request_from("203.0.113.9", X_Forwarded_Proto="https"))


@pytest.mark.parametrize("remote", ["127.0.0.1", "::1", "::ffff:127.0.0.1"])
def test_loopback_is_local(remote: str) -> None:
    assert Peers().is_local(request_from(remote))


def test_a_proxy_on_this_machine_makes_nobody_local() -> None:
    assert not Peers().is_local(request_from("127.0.0.1", X_Forwarded_For="203.0.113.9"))
    assert not Peers().is_local(request_from("203.0.113.9"))


@pytest.mark.parametrize(
    ("origin", "own"),
    [
        ("http://sanxun.example:8080", True),
        ("https://SANXUN.example:8080", True),
        ("http://sanxun.example", False),
        ("http://evil.example", False),
        ("null", False),
        ("http://[", False),
        ("", False),
    ],
)
def test_origin_is_own_when_it_names_the_host(origin: str, own: bool) -> None:  # noqa: FBT001 - a table's column
    assert Peers().is_own_origin(request_from("203.0.113.9"), origin) is own


def test_public_address_is_an_own_origin_too() -> None:
    peers = Peers(public_url="https://xun.example.gov.cn/")
    assert peers.is_own_origin(request_from("203.0.113.9"), "https://xun.example.gov.cn")


def test_base_url_is_the_public_one_or_the_requests() -> None:
    assert Peers(public_url="https://xun.example/").base_url(request_from("1.2.3.4")) == "https://xun.example"
    assert Peers().base_url(request_from("1.2.3.4")) == "http://sanxun.example:8080"
