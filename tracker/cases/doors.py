"""What the media room asks of cases: whether a citizen's photo is let in, and who may see a case's photos."""

from __future__ import annotations

from tracker.cases import access, callers, store
from tracker.cases.gate import Gate, Solution
from tracker.cases.model import Actor
from tracker.db.pool import Database
from tracker.db.queries import Queries
from tracker.errors import NotFound
from tracker.people.model import Account, Device
from tracker.people.params import storable

_SQL = Queries.beside(__file__, "reading.sql")


class PhotoDoors:
    """Three questions with short answers."""

    def __init__(self, *, database: Database, gate: Gate) -> None:
        self._database = database
        self._gate = gate

    async def admit(self, code: str, client_id: str, salt: str, nonce: str) -> None:
        """Let a citizen's photo in: the work is done and the village's code holds; raises BadValue or NotFound."""
        self._gate.check_solution(Solution(salt=salt, nonce=nonce), client_id)
        if await self._database.fetchrow(_SQL.one_code, storable(code, 40).upper()) is None:
            raise NotFound(kind="code", key=code)

    async def account_sees(self, account: Account, case_id: int) -> bool:
        """Whether the case exists for the account."""
        return await self._sees(callers.of_account(account), case_id)

    async def device_sees(self, device: Device, case_id: int) -> bool:
        """Whether the phone's worker reported the case or goes there."""
        return await self._sees(callers.of_device(device), case_id)

    async def _sees(self, actor: Actor, case_id: int) -> bool:
        try:
            async with self._database.connection() as connection:
                return access.may_see(await store.present(connection, case_id), actor)
        except NotFound:
            return False
