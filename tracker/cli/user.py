"""`run.py user`: accounts from the terminal, for the first administrator and for who locked themselves out."""

from __future__ import annotations

import argparse
import asyncio
from typing import Any

from tracker import clock
from tracker.cli.output import say
from tracker.db.migrate import migrate
from tracker.db.opened import open_database
from tracker.db.pool import Database
from tracker.errors import NotFound
from tracker.geo.area import Area
from tracker.people.accounts import AccountChange, AccountInfo, Accounts, NewAccount
from tracker.people.audit import Audit
from tracker.people.model import Account, Role
from tracker.people.passwords import Passwords
from tracker.people.sessions import Sessions
from tracker.people.sign_in import SignIn
from tracker.settings import Settings

ADDRESS = "terminal"


def add_parser(commands: Any, common: argparse.ArgumentParser) -> None:
    """Declare the command and what can be done with accounts."""
    about = "list, add, reset or disable accounts"
    parser = commands.add_parser("user", help=about, description=about)
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    listing = actions.add_parser("list", parents=[common], help="list all accounts")
    listing.set_defaults(run=run, action=_list)
    adding = actions.add_parser(
        "add", parents=[common], help="add an account; its password is generated and shown once"
    )
    adding.add_argument("name", help="the name to sign in with")
    adding.add_argument("--role", choices=[role.value for role in Role], required=True)
    adding.add_argument("--area", required=True, metavar="CODE", help="12-digit division code, 15-digit grid code")
    adding.add_argument("--display-name", default="", help="the person's name or post")
    adding.set_defaults(run=run, action=_add)
    resetting = actions.add_parser("reset", parents=[common], help="give a new generated password and end all sessions")
    resetting.add_argument("name")
    resetting.set_defaults(run=run, action=_reset)
    disabling = actions.add_parser("disable", parents=[common], help="disable an account and end its sessions")
    disabling.add_argument("name")
    disabling.set_defaults(run=run, action=_disable)


def run(words: argparse.Namespace, settings: Settings) -> int:
    """Do the action on the database, whether a server runs beside us or not."""
    asyncio.run(_run(words, settings))
    return 0


async def _run(words: argparse.Namespace, settings: Settings) -> None:
    async with open_database(settings.database, settings.data) as database:
        await migrate(database)
        await words.action(database, words)


def accounts_of(database: Database) -> Accounts:
    """The accounts of a database, outside of a server."""
    audit, passwords = Audit(database), Passwords()
    sign_in = SignIn(database=database, passwords=passwords, audit=audit, now_ms=clock.now_ms)
    sessions = Sessions(database=database, sign_in=sign_in, audit=audit, now_ms=clock.now_ms)
    return Accounts(
        database=database,
        passwords=passwords,
        sign_in=sign_in,
        sessions=sessions,
        audit=audit,
        now_ms=clock.now_ms,
    )


async def _list(database: Database, _words: argparse.Namespace) -> None:
    rows = await database.fetch("select name, display_name, role, area_code, disabled_at from account order by name")
    for row in rows:
        state = "disabled" if row["disabled_at"] else "active"
        say(f"{row['name']:<20} {row['role']:<12} {row['area_code']:<15} {state:<9} {row['display_name']}")
    say(f"{len(rows)} accounts.")


async def _add(database: Database, words: argparse.Namespace) -> None:
    name = words.display_name or words.name
    wanted = NewAccount(name=words.name, display_name=name, role=Role(words.role), area=words.area)
    made = await accounts_of(database).create(_terminal(words.area), wanted, ADDRESS)
    say(f"{words.name}: {made.password}")
    say("This password is shown once; change it after the first sign-in.")


async def _reset(database: Database, words: argparse.Namespace) -> None:
    changed = await _change(database, words.name, AccountChange(reset_password=True))
    say(f"{words.name}: {changed.password}")


async def _disable(database: Database, words: argparse.Namespace) -> None:
    await _change(database, words.name, AccountChange(disabled=True))
    say(f"{words.name} is disabled; open sessions end within seconds.")


async def _change(database: Database, name: str, wanted: AccountChange) -> AccountInfo:
    row = await database.fetchrow("select id, area_code from account where name = $1", name)
    if row is None:
        raise NotFound(kind="account", key=name)
    return await accounts_of(database).change(_terminal(row["area_code"]), row["id"], wanted, ADDRESS)


def _terminal(area: str) -> Account:
    """Whoever may run commands on the server's machine stands above all accounts; the audit names them so."""
    return Account(id=0, name=ADDRESS, display_name=ADDRESS, role=Role.ADMIN, area=Area.parse(area))
