"""What a room declares of each of its routes, so that the web room checks, limits and documents all of them alike."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, NewType

from aiohttp import web

Permission = NewType("Permission", str)
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Access(Enum):
    """Who may call a route at all; a route with a permission needs an account that has it."""

    PUBLIC = "public"
    SIGNED_IN = "signed_in"
    DEVICE = "device"
    OPS = "ops"


@dataclass(frozen=True, kw_only=True, slots=True)
class Param:
    """One query or path parameter of a route, for the OpenAPI document."""

    name: str
    about: str
    where: str = "query"  # query or path
    type: str = "string"  # string, integer, number, boolean
    required: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Route:
    """One route: where, who, what comes in and what goes out.

    `body` and `returns` are msgspec Struct types (their JSON Schema goes into the OpenAPI document), or None where the
    content is not JSON; `content` names the media type of the answer then.
    """

    method: str
    path: str
    handler: Handler
    summary: str
    room: str
    access: Access = Access.SIGNED_IN
    permission: Permission | None = None
    params: Sequence[Param] = field(default_factory=tuple)
    body: Any = None
    returns: Any = None
    content: str = "application/json"
    max_body: int = 64 * 1024  # bytes; larger requests get 413
    status: int = 200


class RouteTable:
    """Declares routes that share a room and whatever else is given: who may call them, limits, parameters.

    `RouteTable("cases", permission=CASE_VIEW).get("/api/v1/cases", self.page, "Cases", returns=CasePage)`; what a row
    gives itself wins over what is shared.
    """

    def __init__(self, room: str, **shared: Any) -> None:
        self._shared = {"room": room} | shared

    def get(self, path: str, handler: Handler, summary: str, **more: Any) -> Route:
        """A route that only reads."""
        return self._route("GET", path, handler, summary, more)

    def post(self, path: str, handler: Handler, summary: str, **more: Any) -> Route:
        """A route that makes or does something."""
        return self._route("POST", path, handler, summary, more)

    def put(self, path: str, handler: Handler, summary: str, **more: Any) -> Route:
        """A route that sets what its path names."""
        return self._route("PUT", path, handler, summary, more)

    def patch(self, path: str, handler: Handler, summary: str, **more: Any) -> Route:
        """A route that changes some of what its path names."""
        return self._route("PATCH", path, handler, summary, more)

    def delete(self, path: str, handler: Handler, summary: str, **more: Any) -> Route:
        """A route that takes something away; answers without a body."""
        return self._route("DELETE", path, handler, summary, {"status": 204, "returns": None} | more)

    def _route(self, method: str, path: str, handler: Handler, summary: str, more: dict[str, Any]) -> Route:
        declared: dict[str, Any] = {"method": method, "path": path, "handler": handler, "summary": summary}
        return Route(**(declared | self._shared | more))


def path_param(name: str, about: str, kind: str = "string") -> Param:
    """A parameter of the path."""
    return Param(name=name, about=about, where="path", type=kind, required=True)


AREA_PARAM = Param(name="area", about="12-digit division or 15-digit grid code; default: one's own")
PAGE_PARAMS = (
    Param(name="cursor", about="`next` of an earlier answer"),
    Param(name="limit", about="1..1000, default 100", type="integer"),
)
