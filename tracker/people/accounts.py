"""Accounts of people: made, listed and changed by a manager, inside the manager's own area."""

from __future__ import annotations

import re
from typing import Any, NoReturn

import msgspec

from tracker.clock import NowMs, to_datetime, to_ms
from tracker.db.pool import Connection, Database, Row
from tracker.db.queries import Queries
from tracker.errors import BadValue, Conflict, Forbidden, NotFound, NotSignedIn
from tracker.geo.area import Area
from tracker.people.audit import Audit
from tracker.people.model import PERMISSIONS, Account, Role
from tracker.people.passwords import Passwords, check_new, generate_password
from tracker.people.sessions import Sessions
from tracker.people.sign_in import SignIn

_SQL = Queries.beside(__file__, "accounts.sql")
_NAME = re.compile(r"[\w.-]{2,32}")
MOST_LISTED = 1000
MOST_DISPLAY_NAME = 60  # characters


class AccountInfo(msgspec.Struct, frozen=True, kw_only=True):
    """An account as its manager sees it; `password` only in the one answer that generated it."""

    id: int
    name: str
    display_name: str
    role: str
    area: str
    created_at_ms: int
    disabled: bool
    locked: bool
    department: str | None = None
    password: str | msgspec.UnsetType = msgspec.UNSET


class NewAccount(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Body of POST /api/v1/accounts; without a password one is generated."""

    name: str
    display_name: str
    role: Role
    area: str
    department: str | None = None  # code; what an account of the role department speaks for
    password: str | None = None


class AccountChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Body of PATCH /api/v1/accounts/{id}; what is absent stays."""

    display_name: str | None = None
    role: Role | None = None
    area: str | None = None
    department: str | None = None
    disabled: bool | None = None
    reset_password: bool = False


class Accounts:
    """Accounts and their passwords; whatever narrows an account ends its sessions."""

    def __init__(
        self,
        *,
        database: Database,
        passwords: Passwords,
        sign_in: SignIn,
        sessions: Sessions,
        audit: Audit,
        now_ms: NowMs,
    ) -> None:
        self._database = database
        self._passwords = passwords
        self._sign_in = sign_in
        self._sessions = sessions
        self._audit = audit
        self._now_ms = now_ms

    async def create(self, by: Account, wanted: NewAccount, address: str) -> AccountInfo:
        """A new account; raises BadValue, Forbidden, or Conflict where the name is taken."""
        _check_may_give(by, wanted.role, wanted.area)
        password = wanted.password or generate_password()
        check_new(password, wanted.name)
        row = await self._insert(wanted, password, by=by, address=address)
        return self._info(row, None if wanted.password else password)

    async def page(self, by: Account, *, after_id: int = 0, limit: int = 100) -> list[AccountInfo]:
        """Accounts inside the manager's area by id, after a cursor."""
        size = max(1, min(limit, MOST_LISTED))
        rows = await self._database.fetch(_SQL.list_accounts, by.area.prefix, after_id, size)
        return [self._info(row) for row in rows]

    async def change(self, by: Account, account_id: int, wanted: AccountChange, address: str) -> AccountInfo:
        """Change an account; raises NotFound, BadValue, Forbidden or Conflict."""
        password = generate_password() if wanted.reset_password else None
        hashed = await self._passwords.hash(password) if password else None
        async with self._database.transaction() as connection:
            before = await self._of_manager(connection, by, account_id)
            _check_change(by, before, wanted)
            values = (wanted.display_name, wanted.role, wanted.area, wanted.disabled, hashed)
            row = await connection.fetchrow(
                _SQL.change_account, account_id, *values, to_datetime(self._now_ms()), wanted.department
            )
            detail = {name: value for name, value in msgspec.to_builtins(wanted).items() if value not in (None, False)}
            if wanted.disabled is False:
                detail["disabled"] = False
            await self._write(connection, "account.change", row, by=by, detail=detail, address=address)
        if _narrows(before, wanted):
            await self._sessions.close_all(account_id)
        return self._info(row, password)

    async def change_own_password(self, account: Account, old: str, new: str, address: str) -> None:
        """Change one's own password and end all other sessions; raises BadValue (field `old` or `new`) or TooMany."""
        check_new(new, account.name)
        try:
            await self._sign_in.check(account.name, old, address)
        except NotSignedIn:
            raise BadValue(field="old", value="(not shown)", allowed="the present password") from None
        hashed = await self._passwords.hash(new)
        async with self._database.transaction() as connection:
            row = await connection.fetchrow(_SQL.set_password, account.id, hashed)
            await self._write(connection, "account.password", row, by=account, detail={}, address=address)
        await self._sessions.close_all(account.id, but=account.session_hash)

    async def _insert(self, wanted: NewAccount, password: str, *, by: Account | None, address: str) -> Row:
        _check_names(wanted.name, wanted.display_name)
        area = Area.parse(wanted.area).code
        hashed = await self._passwords.hash(password)
        values = (wanted.name, wanted.display_name.strip(), hashed, wanted.role.value, area, wanted.department)
        try:
            async with self._database.transaction() as connection:
                row: Row = await connection.fetchrow(_SQL.insert_account, *values, to_datetime(self._now_ms()))
                detail = {"name": wanted.name, "role": wanted.role.value}
                await self._write(connection, "account.create", row, by=by, detail=detail, address=address)
        except Conflict:
            raise Conflict(f"there is an account with the name {wanted.name!r} already") from None
        return row

    async def _of_manager(self, connection: Connection, by: Account, account_id: int) -> Row:
        row: Row | None = await connection.fetchrow(_SQL.lock_account, account_id)
        if row is None or not by.area.contains(row["area_code"]):
            raise NotFound(kind="account", key=account_id)
        return row

    async def _write(
        self, connection: Connection, action: str, row: Row, *, by: Account | None, detail: dict[str, Any], address: str
    ) -> None:
        await self._audit.write(
            action,
            subject=f"account:{row['id']}",
            area_code=row["area_code"],
            account_id=by.id if by else None,
            detail=detail,
            address=address,
            connection=connection,
        )

    def _info(self, row: Row, password: str | None = None) -> AccountInfo:
        return AccountInfo(
            id=row["id"],
            name=row["name"],
            display_name=row["display_name"],
            role=row["role"],
            area=row["area_code"],
            created_at_ms=to_ms(row["created_at"]),
            disabled=row["disabled_at"] is not None,
            department=row["department_code"],
            locked=row["locked_until"] is not None and to_ms(row["locked_until"]) > self._now_ms(),
            password=password or msgspec.UNSET,
        )


def _check_may_give(by: Account, role: Role, area: str) -> None:
    """A manager gives no more than they have; an administrator may name auditors, whose permission they lack."""
    by.require_area(Area.parse(area).code)
    if by.role is not Role.ADMIN and not PERMISSIONS[role] <= PERMISSIONS[by.role]:
        raise Forbidden(f"the role {role} may do more than your own")


def _check_change(by: Account, before: Row, wanted: AccountChange) -> None:
    _check_may_give(by, Role(before["role"]), before["area_code"])
    _check_may_give(by, wanted.role or Role(before["role"]), wanted.area or before["area_code"])
    if wanted.display_name is not None:
        _check_names(before["name"], wanted.display_name)
    if before["id"] != by.id:
        return
    if wanted.disabled or wanted.reset_password or wanted.role not in (None, by.role):
        raise Conflict("nobody can disable, reset or demote the account that they are using")
    if wanted.area not in (None, by.area.code):
        raise Conflict("nobody can move the account that they are using")


def _narrows(before: Row, wanted: AccountChange) -> bool:
    moved = wanted.area not in (None, before["area_code"])
    moved = moved or wanted.department not in (None, before["department_code"])
    return bool(wanted.disabled or wanted.reset_password or moved or wanted.role not in (None, before["role"]))


def _check_names(name: str, display_name: str) -> None:
    if not _NAME.fullmatch(name) or name != name.lower():
        _refuse("name", name, "2..32 letters (no capitals), digits, dot, dash or underscore")
    if not 0 < len(display_name.strip()) <= MOST_DISPLAY_NAME or not display_name.isprintable():
        _refuse("display_name", display_name, f"1..{MOST_DISPLAY_NAME} printable characters")


def _refuse(field: str, value: str, allowed: str) -> NoReturn:
    raise BadValue(field=field, value=value, allowed=allowed)
