"""Categories and cases in Open311's words: services, their definitions, requests; pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from tracker.cases.book import Category
from tracker.cases.open311_write import moment
from tracker.cases.states import STATES, State
from tracker.cases.worktime import Unit

SPECIFICATION = "http://wiki.open311.org/GeoReport_v2"
CHANGESET = "2026-11-24T00:00:00+08:00"  # when this interface last changed
_UNITS = {Unit.MINUTE: "分钟", Unit.WORK_HOUR: "个工作小时", Unit.WORK_DAY: "个工作日", Unit.NATURAL_DAY: "天"}
_UPDATES = {
    State.REPORTED: "OPEN", State.VERIFYING: "INVESTIGATING", State.ACCEPTED: "OPEN", State.FILED: "ACTION_SCHEDULED",
    State.REJECTED: "NO_FURTHER_ACTION", State.VOIDED: "NO_FURTHER_ACTION", State.VOID_REQ: "IN_PROGRESS",
    State.DISPATCHED: "ACTION_SCHEDULED", State.HANDLING: "IN_PROGRESS", State.RETURN_REQ: "INTERNAL_REFERRAL",
    State.EXTEND_REQ: "IN_PROGRESS", State.SUSPEND_REQ: "IN_PROGRESS", State.SUSPENDED: "ACTION_SCHEDULED",
    State.HANDLED: "IN_PROGRESS", State.CHECKING: "IN_PROGRESS", State.REPLY_DUE: "IN_PROGRESS",
    State.CLOSED: "CLOSED", State.REOPENED: "REOPEN", State.MERGED: "DUPLICATE",
}  # fmt: skip
_GIVEN = {State.DISPATCHED, State.HANDLING, State.EXTEND_REQ, State.SUSPEND_REQ, State.SUSPENDED, State.HANDLED}


def services(categories: Iterable[Category]) -> list[dict[str, Any]]:
    """Every category that is offered to the public."""
    return [
        {
            "service_code": one.code,
            "service_name": one.name,
            "description": one.name_en,
            "metadata": bool(one.attributes),
            "type": "realtime",
            "keywords": ",".join(one.keywords),
            "group": one.group,
        }
        for one in categories
        if one.in_public
    ]


def definition(category: Category) -> dict[str, Any]:
    """What a service asks beside words and a place; texts that there are none of are empty."""
    attributes = [
        {
            "variable": one.variable,
            "code": one.code,
            "datatype": one.datatype.value,
            "required": one.required,
            "datatype_description": one.datatype_description,
            "order": number,
            "description": one.description,
            "values": [{"key": value.key, "name": value.name} for value in one.values],
        }
        for number, one in enumerate(category.attributes, 1)
    ]
    return {"service_code": category.code, "attributes": attributes}


def update(row: Mapping[str, Any], department: str) -> dict[str, Any]:
    """One step of a request, as the extension that FixMyStreet polls writes it."""
    state = State(row["to_state"])
    return {
        "update_id": f"{row['number']}-{row['seq']}",
        "service_request_id": row["number"],
        "status": _UPDATES[state],
        "updated_datetime": moment(row["at"]),
        "description": _notes(state, department, None),
        "media_url": "",
        "external_status_code": state.value,
    }


def request(row: Mapping[str, Any], category: Category, department: str) -> dict[str, Any]:
    """One request; texts that there are none of are empty, so that every client finds its field."""
    state = State(row["state"])
    found = {
        "service_request_id": row["number"],
        "status": STATES[state].open311,
        "status_notes": _notes(state, department, row["merged_number"]),
        "service_name": category.name,
        "service_code": category.code,
        "description": row["public_text"] or "",
        "agency_responsible": department,
        "service_notice": "",
        "requested_datetime": moment(row["reported_at"]),
        "updated_datetime": moment(row["updated_at"]),
        "expected_datetime": moment(row["due_at"]) or "",
        "address": row["address"],
        "address_id": "",
        "zipcode": "",
        "media_url": "",
    }
    if row["lat_e7"] is not None:
        found |= {"lat": row["lat_e7"] / 1e7, "long": row["lon_e7"] / 1e7}
    return found


def notice(category: Category, query_code: str | None, address: str) -> str:
    """What the reporter is told at once; the query code is told only once."""
    limit = f"办理时限{category.limit}{_UNITS[category.unit]}"
    return (
        f"已收到，{limit}。查询码 {query_code}，进度见 {address}/q/{query_code}" if query_code else f"已收到，{limit}。"
    )


def discovery(base_url: str, contact: str) -> dict[str, Any]:
    """Where this interface is and who answers for it."""
    return {
        "changeset": CHANGESET,
        "contact": contact or "县民情中心",
        "key_service": "向平台管理员申请 api_key",
        "endpoints": [
            {
                "specification": SPECIFICATION,
                "url": f"{base_url}/open311/v2",
                "changeset": CHANGESET,
                "type": "production",
                "formats": ["text/xml", "application/json"],
            }
        ],
    }


def _notes(state: State, department: str, merged: str | None) -> str:
    if merged:
        return f"已并入 {merged} 一并办理"
    zh = STATES[state].zh
    return f"{zh}：{department}" if department and state in _GIVEN else zh
