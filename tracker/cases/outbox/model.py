"""Webhooks and their deliveries as frozen values."""

from __future__ import annotations

from typing import Any

import msgspec

KINDS = ("case.new", "case.change", "case.note", "case.urge", "case.warning", "case.escalation")
TEST = "webhook.test"


class Hook(msgspec.Struct, frozen=True, kw_only=True):
    """A webhook as people see it; empty `kinds`: all; `department`: only its own cases."""

    id: int
    name: str
    url: str
    kinds: list[str]
    area: str
    department: str | None
    created_ms: int
    retired_ms: int | None
    failures: int
    waiting: int
    dead: int


class Due(msgspec.Struct, frozen=True, kw_only=True):
    """One delivery that is this process's to make; `attempts` counts the one under way."""

    id: int
    webhook_id: int
    event_id: str
    kind: str
    body: str
    attempts: int
    url: str
    secret_sealed: bytes
    failures: int


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What a receiver said: its status, or None and why there was none."""

    status: int | None
    error: str = ""

    @property
    def is_good(self) -> bool:
        """Whether it was taken: any 2xx."""
        return self.status is not None and 200 <= self.status < 300

    @property
    def is_gone(self) -> bool:
        """410: the receiver asks never to be called again."""
        return self.status == 410


def secret_about(webhook_id: int) -> str:
    """What a webhook's secret is sealed for."""
    return f"webhook:{webhook_id}"


def message(kind: str, at: str, data: dict[str, Any]) -> dict[str, Any]:
    """The body of every webhook: type, timestamp (RFC 3339), data."""
    return {"type": kind, "timestamp": at, "data": data}
