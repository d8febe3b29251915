"""Signatures of webhooks by the Standard Webhooks convention: HMAC-SHA256 over id, timestamp and body; pure."""

from __future__ import annotations

import binascii
import hmac
import secrets
from base64 import b64decode, b64encode
from hashlib import sha256

from tracker.errors import BadValue

PREFIX = "whsec_"
LEAST_BYTES, MOST_BYTES = 24, 64


def new_secret() -> str:
    """A fresh secret in its text form."""
    return PREFIX + b64encode(secrets.token_bytes(32)).decode()


def key_of(secret: str) -> bytes:
    """The bytes of a secret; raises BadValue."""
    try:
        key = b64decode(secret.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not secret.startswith(PREFIX) or not LEAST_BYTES <= len(key) <= MOST_BYTES:
        allowed = f"{PREFIX} and {LEAST_BYTES}..{MOST_BYTES} bytes in base64, or nothing for a fresh one"
        raise BadValue(field="secret", value="(not shown)", allowed=allowed)
    return key


def headers(secret: str, event_id: str, at_s: int, body: bytes) -> dict[str, str]:
    """The three headers that a receiver checks."""
    return {
        "webhook-id": event_id,
        "webhook-timestamp": str(at_s),
        "webhook-signature": signature(secret, event_id, at_s, body),
    }


def signature(secret: str, event_id: str, at_s: int, body: bytes) -> str:
    """`v1,` and the digest in base64."""
    signed = b".".join((event_id.encode(), str(at_s).encode(), body))
    return "v1," + b64encode(hmac.digest(key_of(secret), signed, sha256)).decode()
