"""The key file of persons: made at the first start, for the server's user only, checked against the database."""

from __future__ import annotations

import os
import secrets
from base64 import b64decode, b64encode
from pathlib import Path

import msgspec

from tracker.cases.persons import ID_DIGITS, KEY_BYTES, Ring
from tracker.db.pool import Database
from tracker.db.queries import Queries
from tracker.errors import WrongSetting

_SQL = Queries.beside(__file__, "persons.sql")
FILE = "person-keys.json"
SETTING = "person_keys"


class _Stored(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    current: str
    keys: dict[str, str]
    index: str


class KeyFile:
    """`path` is the file; `read` gives its ring."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self) -> Ring:
        """The ring of the file; raises WrongSetting where there is none or it is damaged."""
        try:
            stored = msgspec.json.decode(self.path.read_bytes(), type=_Stored)
            keys = {name: b64decode(text, validate=True) for name, text in stored.keys.items()}
            ring = Ring(current=stored.current, keys=keys, index_key=b64decode(stored.index, validate=True))
        except (OSError, ValueError, msgspec.MsgspecError) as error:
            raise WrongSetting(key=SETTING, value=self.path, allowed=f"a readable key file ({error})") from None
        sizes = {len(key) for key in (*ring.keys.values(), ring.index_key)}
        if ring.current not in ring.keys or sizes != {KEY_BYTES} or {len(name) for name in ring.keys} != {ID_DIGITS}:
            raise WrongSetting(key=SETTING, value=self.path, allowed="a whole key file, as the server made it")
        return ring

    async def load(self, database: Database) -> Ring:
        """The ring, made where nothing was ever sealed; raises WrongSetting where it does not fit the database."""
        rows = await database.fetch(_SQL.known_keys)
        known = {row["id"]: row["proof"] for row in rows}
        if not known and not self.path.exists():
            self.write(new_ring())
        ring = self.read()
        wrong = [name for name, proof in known.items() if name not in ring.keys or ring.proof(name) != proof]
        if wrong:
            allowed = f"the file with the key {wrong[0]}, from your backup: without it names and phones stay closed"
            raise WrongSetting(key=SETTING, value=self.path, allowed=allowed)
        for name in ring.keys.keys() - known.keys():
            await database.execute(_SQL.remember_key, name, ring.proof(name))
        return ring

    def write(self, ring: Ring) -> None:
        """Put the ring in the place of what is there, in one step, readable by nobody else."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        stored = _Stored(
            current=ring.current,
            keys={name: b64encode(key).decode() for name, key in ring.keys.items()},
            index=b64encode(ring.index_key).decode(),
        )
        beside = self.path.with_suffix(f".{secrets.token_hex(4)}")
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(msgspec.json.format(msgspec.json.encode(stored)))
            file.flush()
            os.fsync(file.fileno())
        beside.replace(self.path)


def new_ring() -> Ring:
    """Fresh keys."""
    name = secrets.token_hex(ID_DIGITS // 2)
    return Ring(current=name, keys={name: secrets.token_bytes(KEY_BYTES)}, index_key=secrets.token_bytes(KEY_BYTES))


def rotated(ring: Ring) -> Ring:
    """The ring with a fresh key in front; blind indexes stay as they are."""
    fresh = new_ring()
    return Ring(current=fresh.current, keys={**ring.keys, **fresh.keys}, index_key=ring.index_key)


async def reseal(database: Database, ring: Ring, *, at_once: int = 500) -> int:
    """Seal with the current key what another one sealed; how many rows. May run beside the server."""
    done = 0
    while True:
        async with database.transaction() as connection:
            rows = await connection.fetch(_SQL.sealed_otherwise, ring.current, at_once)
            changed = [_resealed(ring, dict(row)) for row in rows]
            await connection.executemany(_SQL.put_sealed, changed)
            hooks = await connection.fetch(_SQL.secrets_otherwise, ring.current, at_once)
            fresh = [(row["id"], _again(ring, row["secret_sealed"], f"webhook:{row['id']}")) for row in hooks]
            await connection.executemany(_SQL.put_secret, fresh)
        done += len(rows) + len(hooks)
        if not rows and not hooks:
            return done


def _resealed(ring: Ring, row: dict[str, object]) -> tuple[object, ...]:
    about = f"case_reporter:{row['case_id']}:{row['ordinal']}"
    sealed = (_again(ring, row[f"{field}_sealed"], f"{about}:{field}") for field in ("name", "phone"))
    return (row["case_id"], row["ordinal"], *sealed)


def _again(ring: Ring, sealed: object, about: str) -> bytes | None:
    assert sealed is None or isinstance(sealed, bytes)  # noqa: S101  # a bytea column
    return ring.seal(ring.open(sealed, about), about)
