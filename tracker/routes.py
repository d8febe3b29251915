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
