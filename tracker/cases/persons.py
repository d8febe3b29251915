"""Names and phones of reporters, sealed with AES-256-GCM at rest and found again by a blind index."""

from __future__ import annotations

import hmac
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tracker.errors import SanxunError

KEY_BYTES = 32
ID_DIGITS = 8  # hexadecimal; stands before every sealed value
NONCE_BYTES = 12
INDEX_BYTES = 16
_FORM = 1  # first byte of a sealed value
_HEAD = 1 + ID_DIGITS


class CannotOpen(SanxunError):
    """A sealed value does not open: its key is not in the key file, or the value was moved or changed."""

    code = "cannot_open"


@dataclass(frozen=True, kw_only=True, slots=True, repr=False)
class Ring:
    """Keys by their ids; `current` seals, every one opens; `index_key` makes blind indexes and query codes."""

    current: str
    keys: Mapping[str, bytes]
    index_key: bytes

    def seal(self, text: str, about: str) -> bytes | None:
        """The text, opened again only with the same `about` (which row and column it is of); None for an empty one."""
        if not text:
            return None
        nonce = secrets.token_bytes(NONCE_BYTES)
        head = bytes([_FORM]) + self.current.encode()
        return head + nonce + AESGCM(self.keys[self.current]).encrypt(nonce, text.encode(), about.encode())

    def open(self, sealed: bytes | None, about: str) -> str:
        """The clear text; empty for None; raises CannotOpen."""
        if sealed is None:
            return ""
        key = self.keys.get(key_of(sealed))
        if key is None:
            raise CannotOpen(f"the key {key_of(sealed)!r} is not in the key file")
        nonce, rest = sealed[_HEAD : _HEAD + NONCE_BYTES], sealed[_HEAD + NONCE_BYTES :]
        try:
            return AESGCM(key).decrypt(nonce, rest, about.encode()).decode()
        except InvalidTag:
            raise CannotOpen(f"the value of {about} was changed, or belongs elsewhere") from None

    def index(self, phone: str) -> bytes | None:
        """The same for every way of writing one number; None where there are no digits."""
        digits = plain_digits(phone)
        return hmac.digest(self.index_key, f"phone:{digits}".encode(), sha256)[:INDEX_BYTES] if digits else None

    def draw(self, about: str) -> bytes:
        """Bytes that cannot be told without the key file, always the same for the same words."""
        return hmac.digest(self.index_key, f"draw:{about}".encode(), sha256)

    def proof(self, key_id: str) -> bytes:
        """What shows later that a key of this id is the same key."""
        return hmac.digest(self.keys[key_id], b"sanxun person key", sha256)


def key_of(sealed: bytes) -> str:
    """The id of the key that sealed a value."""
    return sealed[1:_HEAD].decode("ascii", "replace")


def plain_digits(phone: str) -> str:
    """Digits only, and without the country's own prefix."""
    digits = re.sub(r"[^0-9]", "", phone)
    return digits.removeprefix("0086").removeprefix("86") if len(digits) >= 13 else digits


def about_reporter(case_id: int, ordinal: int, field: str) -> str:
    """What a reporter's field is sealed for: it opens in no other row."""
    return f"case_reporter:{case_id}:{ordinal}:{field}"


class Persons:
    """Seals and opens with the ring that `read` gives; reads it anew when it meets a key that it does not know."""

    def __init__(self, read: Callable[[], Ring]) -> None:
        self._read = read
        self._ring: Ring | None = None

    @property
    def ring(self) -> Ring:
        """The keys; read at the first question."""
        if self._ring is None:
            self._ring = self._read()
        return self._ring

    def seal(self, text: str, about: str) -> bytes | None:
        """See Ring.seal."""
        return self.ring.seal(text, about)

    def open(self, sealed: bytes | None, about: str) -> str:
        """See Ring.open."""
        if sealed is not None and key_of(sealed) not in self.ring.keys:
            self._ring = self._read()  # another process may have changed the keys
        return self.ring.open(sealed, about)

    def index(self, phone: str) -> bytes | None:
        """See Ring.index."""
        return self.ring.index(phone)

    def draw(self, about: str) -> bytes:
        """See Ring.draw."""
        return self.ring.draw(about)
