from __future__ import annotations

from typing import Any

import msgspec
import pytest
from aiohttp import web

from tracker.routes import Access, Param, Permission, Route
from tracker.web.openapi import document


class Thing(msgspec.Struct):
    """A thing with a part."""

    name: str
    size_m: float | None = None


async def handler(_request: web.Request) -> web.Response:
    raise AssertionError("never called")


def route(**changes: Any) -> Route:
    values: dict[str, Any] = {"method": "GET", "path": "/things", "handler": handler, "summary": "Things", "room": "t"}
    return Route(**(values | changes))


def operation(one: Route) -> dict[str, Any]:
    paths = document([one], "1")["paths"]
    (found,) = next(iter(paths.values())).values()
    return dict(found)


def test_patterns_of_paths_become_plain_names() -> None:
    assert list(document([route(path=r"/a/{id:\d{1,3}}/{name:.+}")], "1")["paths"]) == ["/a/{id}/{name}"]


def test_path_parameters_are_always_there_and_required() -> None:
    (parameter,) = operation(route(path="/a/{id}"))["parameters"]
    assert (parameter["name"], parameter["in"], parameter["required"]) == ("id", "path", True)


def test_two_methods_share_a_path() -> None:
    both = document([route(), route(method="PUT")], "1")["paths"]["/things"]
    assert sorted(both) == ["get", "put"]


def test_types_become_schemas_with_their_descriptions() -> None:
    made = document([route(returns=Thing, body=Thing)], "1")
    assert made["components"]["schemas"]["Thing"]["description"] == "A thing with a part."
    content = made["paths"]["/things"]["get"]["responses"]["200"]["content"]["application/json"]
    assert content["schema"] == {"$ref": "#/components/schemas/Thing"}


@pytest.mark.parametrize(
    ("access", "ways"),
    [(Access.PUBLIC, []), (Access.SIGNED_IN, ["session", "bearer"]), (Access.DEVICE, ["bearer"])],
)
def test_the_document_says_who_may(access: Access, ways: list[str]) -> None:
    assert [next(iter(way)) for way in operation(route(access=access))["security"]] == ways


@pytest.mark.parametrize(
    ("path", "ways"),
    [
        ("/owntracks", ["bearer", "basic", "token"]),
        ("/overland", ["bearer", "token"]),
        ("/osmand", ["bearer", "token", "identifier"]),
    ],
)
def test_the_document_says_where_each_app_may_put_its_token(path: str, ways: list[str]) -> None:
    told = operation(route(access=Access.DEVICE, path=path))["security"]
    assert [next(iter(way)) for way in told] == ways


def test_the_permission_is_named() -> None:
    assert operation(route(permission=Permission("map.view")))["x-permission"] == "map.view"


def test_query_parameters_keep_their_type() -> None:
    (parameter,) = operation(route(params=(Param(name="limit", about="rows", type="integer"),)))["parameters"]
    assert parameter["schema"] == {"type": "integer"}
    assert not parameter["required"]


def test_an_answer_without_content_has_none() -> None:
    assert "content" not in operation(route(status=204))["responses"]["204"]
