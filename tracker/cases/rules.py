"""Whether a change may be made: a transition exists, the role may, what it needs is there, its guards hold."""

from __future__ import annotations

from collections.abc import Callable

from tracker.cases.model import MOST_MEDIA, MOST_TEXT, Change, Facts
from tracker.cases.states import ENDED, STATES, TRANSITIONS, Doer, State, Transition, from_state
from tracker.cases.worktime import DAY_MS
from tracker.errors import BadValue, Conflict, Forbidden

SHORTEST_REASON = 2  # characters
MOST_REASON = 500
REOPEN_DAYS = 15  # after closing
MOST_REOPENS = 2
MOST_EXTENSION = 10_000  # units of the limit: a typing error, not a plan

Check = Callable[[Facts, Change, Doer, int], None]


def judge(facts: Facts, change: Change, doer: Doer, now_ms: int) -> Transition:
    """The row of the state table that this change follows.

    Raises Conflict (another version, or no such way from here), Forbidden (not this role's change) or BadValue
    (something that it needs is missing or a guard does not hold).
    """
    if change.version != facts.version:
        message = f"the case has changed: it is now {facts.state} at version {facts.version}"
        raise Conflict(message).because("case.changed", state=facts.state.value, version=facts.version)
    row = TRANSITIONS.get((facts.state, change.to))
    if row is None:
        message = f"a case that is {facts.state} cannot become {change.to}"
        raise Conflict(message).because("case.no_way", state=facts.state.value, to=change.to.value)
    if doer not in row.doers:
        deciding = sorted(row.doers)
        message = f"{change.to} after {facts.state} is decided by {', '.join(deciding)}, not by {doer}"
        raise Forbidden(message).because("case.not_your_role", roles=deciding, to=change.to.value)
    for name in row.needs:
        NEEDS[name](facts, change, doer, now_ms)
    for name in row.guards:
        GUARDS[name](facts, change, doer, now_ms)
    _check_answered_at_the_end(facts, change)
    _check_sizes(change)
    return row


def offered(facts: Facts, doer: Doer, now_ms: int) -> list[Transition]:
    """The rows that a role may follow now: what is still needed can be given, but no guard forbids them."""
    rows = [row for row in from_state(facts.state) if doer in row.doers]
    return [row for row in rows if _is_open_to(row, facts, doer, now_ms)]


def _is_open_to(row: Transition, facts: Facts, doer: Doer, now_ms: int) -> bool:
    probe = Change(to=row.target, version=facts.version, leader="…", reply="…")
    try:
        for name in row.guards:
            GUARDS[name](facts, probe, doer, now_ms)
    except (BadValue, Conflict):
        return False
    return True


def _require(condition: object, *, field: str, value: object, allowed: str, reason: str = "") -> None:
    if not condition:
        raise BadValue(field=field, value=value, allowed=allowed).because(reason or f"needs.{field}")


def _text(field: str, most: int) -> Check:
    def check(_facts: Facts, change: Change, _doer: Doer, _now_ms: int) -> None:
        value = str(getattr(change, field)).strip()
        allowed = f"a text of {SHORTEST_REASON}..{most} characters"
        _require(SHORTEST_REASON <= len(value) <= most, field=field, value=value, allowed=allowed)

    return check


def _reply(facts: Facts, change: Change, _doer: Doer, _now_ms: int) -> None:
    has = change.reply.strip() or facts.unanswered == 0
    _require(has, field="reply", value="", allowed="an answer: nothing ends without one")


def _category(facts: Facts, change: Change, _doer: Doer, _now_ms: int) -> None:
    _require(change.category or facts.category, field="category", value="", allowed="a category: it gives the limit")


def _department(facts: Facts, change: Change, _doer: Doer, _now_ms: int) -> None:
    chosen = change.department or facts.department
    _require(chosen, field="department", value="", allowed="the department that handles it")


def _worker(facts: Facts, change: Change, _doer: Doer, _now_ms: int) -> None:
    _require(change.worker_id or facts.worker_id, field="worker_id", value="", allowed="a worker who goes there")


def _merge(_facts: Facts, change: Change, _doer: Doer, _now_ms: int) -> None:
    _require(change.merge_into, field="merge_into", value=change.merge_into, allowed="the id of an open case")


def _extend(_facts: Facts, change: Change, _doer: Doer, _now_ms: int) -> None:
    is_good = change.extend is not None and 0 < change.extend <= MOST_EXTENSION
    _require(is_good, field="extend", value=change.extend, allowed="how many units of the limit more, at least 1")


def _until(_facts: Facts, change: Change, _doer: Doer, now_ms: int) -> None:
    is_good = change.until_ms is not None and now_ms < change.until_ms <= now_ms + 3 * 366 * DAY_MS
    _require(is_good, field="until_ms", value=change.until_ms, allowed="an instant within the next three years")


def _approve(_facts: Facts, change: Change, _doer: Doer, _now_ms: int) -> None:
    _require(change.approve or change.reason.strip(), field="reason", value="", allowed="why it is refused")


def _media(role: str) -> Check:
    def check(facts: Facts, _change: Change, doer: Doer, _now_ms: int) -> None:
        is_needed = facts.needs_check if role == "after" else doer is Doer.WORKER  # an operator is not on the spot
        allowed = f"a photo with the role {role}"
        _require(not is_needed or role in facts.media, field="media", value="", allowed=allowed, reason=f"needs.{role}")

    return check


NEEDS: dict[str, Check] = {
    "reason": _text("reason", MOST_REASON),
    "result": _text("result", MOST_TEXT),
    "reply": _reply,
    "category": _category,
    "department": _department,
    "worker_id": _worker,
    "merge_into": _merge,
    "extend": _extend,
    "until_ms": _until,
    "approve": _approve,
    "media:after": _media("after"),
    "media:verify": _media("verify"),
    "media:check": _media("check"),
}


def _not_complained_of(facts: Facts, change: Change, _doer: Doer, _now_ms: int) -> None:
    chosen = {change.department or facts.department, *change.co_departments}
    is_clean = facts.complained_of is None or facts.complained_of not in chosen
    allowed = "not the unit that is complained of"
    _require(
        is_clean, field="department", value=facts.complained_of, allowed=allowed, reason="department.complained_of"
    )


def _before_deadline(facts: Facts, _change: Change, _doer: Doer, now_ms: int) -> None:
    if facts.deadline_ms is not None and now_ms > facts.deadline_ms:
        raise Conflict("more time can be asked for only before the deadline").because("extension.too_late")


def _second_needs_leader(facts: Facts, change: Change, _doer: Doer, _now_ms: int) -> None:
    has = facts.extensions == 0 or change.leader.strip()
    _require(has, field="leader", value="", allowed="the centre's leader who agreed to a second extension")


def _needs_no_check(facts: Facts, _change: Change, _doer: Doer, _now_ms: int) -> None:
    if facts.needs_check:
        raise Conflict("this category is checked on the spot before the answer").because("case.needs_check")


def _answered(facts: Facts, change: Change, _doer: Doer, _now_ms: int) -> None:
    _reply(facts, change, _doer, _now_ms)


def _visited(facts: Facts, _change: Change, _doer: Doer, _now_ms: int) -> None:
    if facts.unvisited:
        message = f"{facts.unvisited} reporters have no outcome of the return visit yet"
        raise Conflict(message).because("case.unvisited", count=facts.unvisited)


def _may_reopen(facts: Facts, _change: Change, _doer: Doer, now_ms: int) -> None:
    if facts.reopens >= MOST_REOPENS:
        message = f"a case is reopened at most {MOST_REOPENS} times"
        raise Conflict(message).because("reopen.too_often", most=MOST_REOPENS)
    if facts.closed_ms is None or now_ms > facts.closed_ms + REOPEN_DAYS * DAY_MS:
        message = f"a case can be reopened within {REOPEN_DAYS} days after it was closed"
        raise Conflict(message).because("reopen.too_late", days=REOPEN_DAYS)


def _self_handled(facts: Facts, _change: Change, _doer: Doer, _now_ms: int) -> None:
    if not facts.self_handled or not {"before", "after"} <= facts.media:
        message = "only what the worker solved alone, with photos before and after, is closed from here"
        raise Conflict(message).because("case.not_self_handled")


def _was_there(facts: Facts, change: Change, _doer: Doer, _now_ms: int) -> None:
    if facts.prior_state is not change.to:
        message = f"a case whose voiding is refused goes back to {facts.prior_state}"
        raise Conflict(message).because("void.goes_back", state=facts.prior_state or "")


GUARDS: dict[str, Check] = {
    "not_complained_of": _not_complained_of,
    "before_deadline": _before_deadline,
    "second_needs_leader": _second_needs_leader,
    "needs_no_check": _needs_no_check,
    "answered": _answered,
    "visited": _visited,
    "may_reopen": _may_reopen,
    "self_handled": _self_handled,
    "was_there": _was_there,
}


def _check_answered_at_the_end(facts: Facts, change: Change) -> None:
    """件件有回音, whatever the table says: a merged case is answered with the one that it follows."""
    if change.to in ENDED and change.to is not State.MERGED and facts.unanswered and not change.reply.strip():
        allowed = f"an answer: nothing ends as {STATES[change.to].zh} without one"
        raise BadValue(field="reply", value="", allowed=allowed).because("needs.reply")


def _check_sizes(change: Change) -> None:
    for field in ("reason", "reply", "result"):
        value = str(getattr(change, field))
        allowed = f"at most {MOST_TEXT} characters"
        _require(len(value) <= MOST_TEXT, field=field, value=value, allowed=allowed, reason="text.too_long")
    number, allowed = len(change.media), f"at most {MOST_MEDIA}"
    _require(number <= MOST_MEDIA, field="media", value=number, allowed=allowed, reason="media.too_many")
