"""The OpenAPI document, made from the routes themselves so that it cannot say anything else."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import msgspec
from aiohttp import web

from tracker.jsonio import answer
from tracker.people.credentials import Way, ways_of
from tracker.routes import Access, Param, Route

_PLACEHOLDER = re.compile(r"\{(\w+)(?::[^{}]*(?:\{[^{}]*\}[^{}]*)*)?\}")
_ERRORS = {
    "400": "A value is wrong: field, value, allowed",
    "401": "Sign in, or show a good device token",
    "403": "Not allowed, or not in this area",
    "404": "No such thing in the caller's area",
    "413": "Body too large",
    "429": "Too often; Retry-After",
    "503": "Nothing was accepted; Retry-After",
}
_SECURITY: dict[Access, list[dict[str, list[str]]]] = {
    Access.PUBLIC: [],
    Access.SIGNED_IN: [{"session": []}, {"bearer": []}],
    Access.OPS: [{"bearer": []}],
}
_SCHEMES = {Way.BEARER: "bearer", Way.BASIC: "basic", Way.QUERY: "token", Way.IDENTIFIER: "identifier"}


class ErrorDetail(msgspec.Struct, omit_defaults=True):
    """What went wrong."""

    code: str
    message: str
    field: str = ""
    value: str = ""
    allowed: str = ""
    retry_after_s: int = 0
    reason: str = ""
    values: dict[str, Any] = {}


class ErrorAnswer(msgspec.Struct):
    """Every error looks like this."""

    error: ErrorDetail


def document(routes: Sequence[Route], version: str) -> dict[str, Any]:
    """The whole document for these routes."""
    kinds = {kind for route in routes for kind in (route.body, route.returns) if kind is not None} | {ErrorAnswer}
    ordered = sorted(kinds, key=str)
    schemas, components = msgspec.json.schema_components(ordered, ref_template="#/components/schemas/{name}")
    refs = dict(zip(ordered, schemas, strict=True))
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        paths.setdefault(_PLACEHOLDER.sub(r"{\1}", route.path), {})[route.method.lower()] = _operation(route, refs)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Sanxun (三巡)", "version": version, "license": {"name": "Apache-2.0"}},
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {
                "session": {"type": "apiKey", "in": "cookie", "name": "sanxun_session"},
                "bearer": {"type": "http", "scheme": "bearer"},
                "basic": {"type": "http", "scheme": "basic"},
                "token": {"type": "apiKey", "in": "query", "name": "token"},
                "identifier": {"type": "apiKey", "in": "query", "name": "id"},
            },
        },
    }


def _security(route: Route) -> list[dict[str, list[str]]]:
    if route.access is not Access.DEVICE:
        return _SECURITY[route.access]
    ways = ways_of(route.path)
    return [{scheme: []} for way, scheme in _SCHEMES.items() if way in ways]


def openapi_route(routes: Sequence[Route], version: str) -> Route:
    """The route that serves the document of `routes` (and of itself)."""
    body: dict[str, Any] = {}

    async def handler(_request: web.Request) -> web.Response:
        return answer(body)

    route = Route(
        method="GET",
        path="/api/v1/openapi.json",
        handler=handler,
        summary="This document",
        room="web",
        access=Access.PUBLIC,
    )
    body.update(document([*routes, route], version))
    return route


def _operation(route: Route, refs: dict[Any, Any]) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "summary": route.summary,
        "tags": [route.room],
        "security": _security(route),
        "parameters": [_parameter(one) for one in _all_params(route)],
        "responses": _responses(route, refs),
    }
    if route.permission:
        operation["x-permission"] = route.permission
    if route.body is not None:
        operation["requestBody"] = {"required": True, "content": {"application/json": {"schema": refs[route.body]}}}
    return operation


def _responses(route: Route, refs: dict[Any, Any]) -> dict[str, Any]:
    media = {"schema": refs[route.returns]} if route.returns is not None else {}
    good: dict[str, Any] = {"description": "Done"}
    if route.status != 204:
        good["content"] = {route.content if route.content != "stream" else "application/json": media}
    error = {"application/json": {"schema": refs[ErrorAnswer]}}
    failures = {status: {"description": about, "content": error} for status, about in _ERRORS.items()}
    return {str(route.status): good} | failures


def _all_params(route: Route) -> list[Param]:
    named = {param.name for param in route.params}
    missing = [name for name in _PLACEHOLDER.findall(route.path) if name not in named]
    in_path = [Param(name=name, about=name, where="path", required=True) for name in missing]
    return [*in_path, *route.params]


def _parameter(param: Param) -> dict[str, Any]:
    return {
        "name": param.name,
        "in": param.where,
        "required": param.required or param.where == "path",
        "description": param.about,
        "schema": {"type": param.type},
    }
