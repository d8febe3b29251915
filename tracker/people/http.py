"""Every route of the people room, built from its parts."""

from __future__ import annotations

from tracker.people.accounts import Accounts
from tracker.people.audit import Audit
from tracker.people.devices import Devices
from tracker.people.enrolment import Enrolments
from tracker.people.http_accounts import AccountsHttp
from tracker.people.http_devices import DevicesHttp
from tracker.people.http_session import AreaName, SessionHttp
from tracker.people.peer import Peers
from tracker.people.sessions import Sessions
from tracker.people.workers import WorkerBriefs
from tracker.routes import Route


class PeopleHttp:
    """The room's routes; `area_name` gives the name of a division or grid code."""

    def __init__(
        self,
        *,
        sessions: Sessions,
        accounts: Accounts,
        devices: Devices,
        enrolments: Enrolments,
        workers: WorkerBriefs,
        audit: Audit,
        peers: Peers,
        area_name: AreaName,
    ) -> None:
        self._parts = (
            SessionHttp(sessions=sessions, accounts=accounts, peers=peers, area_name=area_name),
            AccountsHttp(accounts=accounts, audit=audit, peers=peers),
            DevicesHttp(devices=devices, enrolments=enrolments, workers=workers, audit=audit, peers=peers),
        )

    def routes(self) -> list[Route]:
        """Every route, for the web room."""
        return [route for part in self._parts for route in part.routes()]
