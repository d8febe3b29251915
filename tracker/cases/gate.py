"""The gate of the public routes: a small proof of work that knows nobody, and limits per address and per place."""

from __future__ import annotations

import hmac
from hashlib import sha256

import msgspec

from tracker.clock import NowMs
from tracker.errors import BadValue
from tracker.people.limiter import AttemptLimiter, address_key

BITS = 14  # 16 000 digests: under a second on an old phone, two minutes of a core for a hundred reports
SALT_MS = 30 * 60_000
HOUR_MS = 3_600_000
REPORTS_PER_ADDRESS = 10  # an hour; many villagers can share one address of a mobile network
REPORTS_PER_CODE = 60
LOOKS_PER_ADDRESS = 300  # an hour: query codes cannot be guessed at this rate
MOST_NONCE = 32  # digits


class Challenge(msgspec.Struct, frozen=True, kw_only=True):
    """What the page has to solve."""

    salt: str
    bits: int


class Solution(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A salt that was given, and a nonce found for it."""

    salt: str
    nonce: str


class Gate:
    """Gives and checks challenges and counts attempts; `key` signs salts, so that none needs to be kept."""

    def __init__(self, *, key: bytes, now_ms: NowMs) -> None:
        self._key = key
        self._now_ms = now_ms
        self._addresses = AttemptLimiter(limit=REPORTS_PER_ADDRESS, window_ms=HOUR_MS)
        self._codes = AttemptLimiter(limit=REPORTS_PER_CODE, window_ms=HOUR_MS)
        self._looks = AttemptLimiter(limit=LOOKS_PER_ADDRESS, window_ms=HOUR_MS)

    def challenge(self) -> Challenge:
        """A fresh one, good for half an hour."""
        made = str(self._now_ms())
        return Challenge(salt=f"{made}.{self._sign(made)}", bits=BITS)

    def check_solution(self, solution: Solution, client_id: str) -> None:
        """Raise BadValue for a salt that is not ours or too old, or a nonce that does not fit it and the client id."""
        made, _, signature = solution.salt.partition(".")
        good = hmac.compare_digest(signature.encode(), self._sign(made).encode())
        if not good or not 0 <= self._now_ms() - int(made) <= SALT_MS:
            raise BadValue(field="challenge.salt", value=solution.salt, allowed="a salt given in the last half hour")
        fits = solution.nonce.isascii() and solution.nonce.isdigit() and len(solution.nonce) <= MOST_NONCE
        if not fits or not is_solved(solution.salt, client_id, solution.nonce, BITS):
            raise BadValue(field="challenge.nonce", value=solution.nonce, allowed="a nonce that solves the challenge")

    def count_attempt(self, address: str, code: str) -> None:
        """Count one attempt of an address; raises TooMany, also where the code's share is used up."""
        key, now_ms = address_key(address), self._now_ms()
        self._addresses.check(key, now_ms)
        self._codes.check(code, now_ms)
        self._addresses.count(key, now_ms)

    def count_report(self, code: str) -> None:
        """Count one report that was found good: nobody uses up a village's share without the work."""
        self._codes.count(code, self._now_ms())

    def count_look(self, address: str) -> None:
        """Count one question about a query code; raises TooMany."""
        key, now_ms = address_key(address), self._now_ms()
        self._looks.check(key, now_ms)
        self._looks.count(key, now_ms)

    def _sign(self, text: str) -> str:
        return hmac.new(self._key, text.encode(), sha256).hexdigest()[:32]


def is_solved(salt: str, client_id: str, nonce: str, bits: int) -> bool:
    """Whether the digest begins with so many zero bits."""
    digest = sha256(f"{salt}:{client_id}:{nonce}".encode()).digest()
    return int.from_bytes(digest, "big") >> (256 - bits) == 0
