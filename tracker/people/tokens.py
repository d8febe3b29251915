"""Secrets that are handed out once and kept only as SHA-256: session and device tokens, enrolment codes."""

from __future__ import annotations

import hashlib
import re
import secrets

TOKEN_BYTES = 32  # 256 bits: sessions and phones
CODE_BYTES = 16  # 128 bits: enrolment codes live for minutes only
_SHAPE = re.compile(r"[A-Za-z0-9_-]{20,64}", re.ASCII)


def new_token() -> str:
    """A fresh 256-bit token, 43 characters that are safe in addresses."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def new_code() -> str:
    """A fresh 128-bit enrolment code, 22 characters that are safe in addresses."""
    return secrets.token_urlsafe(CODE_BYTES)


def looks_right(token: str) -> bool:
    """Whether the text can be one of our tokens at all; spares the database for anything else."""
    return _SHAPE.fullmatch(token) is not None


def digest(token: str) -> bytes:
    """The 32 bytes under which a token is stored. The tokens are random, so a plain hash is enough."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
