"""Who calls: the actor of the case loop behind an account or a worker's phone."""

from __future__ import annotations

from aiohttp import web

from tracker.cases.model import Actor
from tracker.cases.states import Doer
from tracker.people.model import ACCOUNT_KEY, DEVICE_KEY, Account, Device
from tracker.people.peer import Peers
from tracker.routes import path_param

CASE_ID = (path_param("id", "case", "integer"),)


def of_account(account: Account, address: str = "") -> Actor:
    """A signed-in person."""
    return Actor(
        doer=Doer(account.role.value),
        area=account.area.code,
        account_id=account.id,
        department=account.department,
        address=address,
    )


def of_device(device: Device, address: str = "") -> Actor:
    """The worker of a phone."""
    return Actor(
        doer=Doer.WORKER, area=device.grid_code, worker_id=device.worker_id, device_id=device.id, address=address
    )


def at_desk(request: web.Request, peers: Peers) -> Actor:
    """The signed-in person of a request."""
    return of_account(request[ACCOUNT_KEY], peers.address(request))


def at_phone(request: web.Request, peers: Peers) -> Actor:
    """The worker of a request."""
    return of_device(request[DEVICE_KEY], peers.address(request))
