"""What the demo made up to sign in with: accounts for every level, and one phone token for every worker."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec

from tracker import clock
from tracker.db.pool import Database
from tracker.people.audit import Audit
from tracker.people.model import Role
from tracker.people.passwords import Passwords, generate_password
from tracker.people.tokens import digest, new_token

FILE = "demo-credentials.json"
SHOWN = {"chengguan": "WX-B22", "jiaotong": "WX-B12", "shuiwu": "WX-B13"}  # accounts of departments by their codes

_INSERT_ACCOUNT = """
insert into account (name, display_name, password_hash, role, area_code, department_code)
values ($1, $2, $3, $4, $5, $6)
on conflict (name) do update set password_hash = excluded.password_hash, failed_count = 0, locked_until = null"""


class DemoAccount(msgspec.Struct, frozen=True, kw_only=True):
    """One account that can sign in."""

    name: str
    password: str
    role: str
    area: str


class DemoDevice(msgspec.Struct, frozen=True, kw_only=True):
    """One phone: the worker's id and the bearer token."""

    worker: int
    token: str


class Credentials(msgspec.Struct, frozen=True, kw_only=True):
    """The file's contents."""

    url: str
    accounts: list[DemoAccount]
    devices: list[DemoDevice]

    def write(self, path: Path, url: str) -> None:
        """Write with mode 0600 from the first byte on."""
        path.parent.mkdir(parents=True, exist_ok=True)
        body = msgspec.json.format(msgspec.json.encode(msgspec.structs.replace(self, url=url)), indent=1)
        unfinished = path.with_suffix(".new")
        unfinished.unlink(missing_ok=True)
        with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(body)
        unfinished.rename(path)


async def make_credentials(database: Database, path: Path, url: str) -> Credentials:
    """The credentials of an earlier start where they still hold, else new ones; the file is written either way."""
    known = read_credentials(path)
    if known is None or not await _hold(database, known):
        known = Credentials(url=url, accounts=await _accounts(database), devices=await _devices(database))
    known.write(path, url)
    return known


def read_credentials(path: Path) -> Credentials | None:
    """The file's contents, None when there is none; raises msgspec.ValidationError when it is something else."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Credentials)
    except FileNotFoundError:
        return None


async def _hold(database: Database, known: Credentials) -> bool:
    hashes = [digest(device.token) for device in known.devices]
    good = await database.fetchval("select count(*) from device where token_hash = any($1::bytea[])", hashes)
    names = [account.name for account in known.accounts]
    return bool(good == len(hashes) and names) and await _count_accounts(database, names) == len(names)


async def _count_accounts(database: Database, names: list[str]) -> int:
    return int(await database.fetchval("select count(*) from account where name = any($1::text[])", names))


async def _accounts(database: Database) -> list[DemoAccount]:
    passwords = Passwords()
    departments = await _departments(database)
    made = []
    for name, display_name, role, area in [*await _posts(database), *await _centre(database)]:
        password = generate_password()
        hashed = await passwords.hash(password)
        await database.execute(_INSERT_ACCOUNT, name, display_name, hashed, role.value, area, departments.get(name))
        made.append(DemoAccount(name=name, password=password, role=role.value, area=area))
    passwords.close()
    await Audit(database).write("demo.accounts", detail={"names": [one.name for one in made]})
    return made


async def _posts(database: Database) -> list[tuple[str, str, Role, str]]:
    """An account for each level: county, the first township that has the source's village, one of its villages."""
    rows = await database.fetch("select code, name, level from division order by level, code")
    county = next(row["code"] for row in rows if row["level"] == 1)
    townships = [row for row in rows if row["level"] == 2]
    township = next((row for row in townships if row["name"] == "方家营镇"), townships[0])
    village = next(row for row in rows if row["level"] == 3 and row["code"].startswith(township["code"][:9]))
    return [
        ("admin", "系统管理员", Role.ADMIN, county),
        ("county", "县民情通办服务中心", Role.SUPERVISOR, county),
        ("township", f"{township['name']}值班室", Role.SUPERVISOR, township["code"]),
        ("village", f"{village['name']}值班员", Role.SUPERVISOR, village["code"]),
        ("screen", "指挥大屏", Role.VIEWER, county),
        ("auditor", "审计员", Role.AUDITOR, county),
    ]


async def _centre(database: Database) -> list[tuple[str, str, Role, str]]:
    """The posts of the county's centre and three departments, for the case loop."""
    county = await database.fetchval("select code from division where level = 1 limit 1")
    names = await database.fetch("select code, name from department where code = any($1::text[])", list(SHOWN.values()))
    shown = {row["code"]: row["name"] for row in names}
    return [
        ("operator", "民情中心坐席", Role.OPERATOR, county),
        ("operator2", "民情中心坐席二", Role.OPERATOR, county),
        ("leader", "值班主任", Role.SHIFT_LEADER, county),
        ("dispatcher", "研判派遣岗", Role.DISPATCHER, county),
        ("inspector", "督办岗", Role.INSPECTOR, county),
        *((name, shown[code], Role.DEPARTMENT, county) for name, code in SHOWN.items() if code in shown),
    ]


async def _departments(database: Database) -> dict[str, str]:
    known = {row["code"] for row in await database.fetch("select code from department")}
    return {name: code for name, code in SHOWN.items() if code in known}


async def _devices(database: Database) -> list[DemoDevice]:
    rows = await database.fetch("select id from worker order by id")
    made = [DemoDevice(worker=row["id"], token=new_token()) for row in rows]
    now = clock.to_datetime(clock.now_ms())
    records = [(one.worker, digest(one.token), "演示手机", now) for one in made]
    async with database.connection() as connection:
        await connection.copy_records_to_table(
            "device", records=records, columns=["worker_id", "token_hash", "name", "created_at"]
        )
    return made
