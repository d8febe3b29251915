"""The caller of a request: an account with a role and an area, or a worker's phone; and what each role may do."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from aiohttp import web

from tracker.errors import Forbidden
from tracker.geo.area import Area
from tracker.routes import Permission

MAP_VIEW = Permission("map.view")
HISTORY_VIEW = Permission("history.view")
QUARANTINE_VIEW = Permission("quarantine.view")
DEVICE_ENROL = Permission("device.enrol")
DUTY_EDIT = Permission("duty.edit")
ACCOUNT_MANAGE = Permission("account.manage")
COUNTY_IMPORT = Permission("county.import")
COUNTY_EXPORT = Permission("county.export")
AUDIT_VIEW = Permission("audit.view")
CASE_VIEW = Permission("case.view")
CASE_INTAKE = Permission("case.intake")
CASE_CHANGE = Permission("case.change")
CASE_REVEAL = Permission("case.reveal")
CASE_SUPERVISE = Permission("case.supervise")
CASE_CONFIG = Permission("case.config")
CASE_KPI = Permission("case.kpi")
CASE_ADMIN = Permission("case.admin")


class Role(StrEnum):
    """Roles of accounts; a role says what, the account's area says where."""

    ADMIN = "admin"  # 系统管理员: accounts and the register
    AUDITOR = "auditor"  # 审计员: reads the audit
    SUPERVISOR = "supervisor"  # 县、乡、村值班: live map, history, phones, duty
    VIEWER = "viewer"  # 大屏、观摩: live map only
    OPERATOR = "operator"  # 民情中心坐席: takes reports, has them verified and checked, answers
    SHIFT_LEADER = "shift_leader"  # 值班主任: files, decides, closes
    DISPATCHER = "dispatcher"  # 研判派遣岗: gives cases to departments
    DEPARTMENT = "department"  # 县直部门、乡镇: handles what is given to it
    INSPECTOR = "inspector"  # 督办岗: urges and supervises


PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.ADMIN: frozenset(
        {MAP_VIEW, QUARANTINE_VIEW, DEVICE_ENROL, DUTY_EDIT, ACCOUNT_MANAGE, COUNTY_IMPORT, COUNTY_EXPORT, CASE_CONFIG}
        | {CASE_ADMIN}
    ),
    Role.AUDITOR: frozenset({AUDIT_VIEW}),
    Role.SUPERVISOR: frozenset(
        {MAP_VIEW, HISTORY_VIEW, QUARANTINE_VIEW, DEVICE_ENROL, DUTY_EDIT, COUNTY_EXPORT, CASE_VIEW, CASE_SUPERVISE}
        | {CASE_KPI}
    ),
    Role.VIEWER: frozenset({MAP_VIEW}),
    Role.OPERATOR: frozenset({MAP_VIEW, CASE_VIEW, CASE_INTAKE, CASE_CHANGE, CASE_REVEAL}),
    Role.SHIFT_LEADER: frozenset(
        {MAP_VIEW, CASE_VIEW, CASE_INTAKE, CASE_CHANGE, CASE_REVEAL, CASE_SUPERVISE, CASE_KPI, CASE_CONFIG}
    ),
    Role.DISPATCHER: frozenset({MAP_VIEW, CASE_VIEW, CASE_CHANGE}),
    Role.DEPARTMENT: frozenset({CASE_VIEW, CASE_CHANGE}),
    Role.INSPECTOR: frozenset({MAP_VIEW, CASE_VIEW, CASE_SUPERVISE, CASE_KPI}),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Account:
    """A signed-in person. `session_hash` identifies the session that the request came with."""

    id: int
    name: str
    display_name: str
    role: Role
    area: Area
    session_hash: bytes = b""
    expires_at_ms: int = 0
    department: str | None = None  # code; only for the role department

    def may(self, permission: Permission) -> bool:
        """Whether the role includes the permission."""
        return permission in PERMISSIONS[self.role]

    def area_or_own(self, code: str | None) -> Area:
        """The asked-for area, checked to lie inside the account's own; raises BadValue or Forbidden."""
        if not code:
            return self.area
        area = Area.parse(code)
        self.require_area(area.code)
        return area

    def require_area(self, code: str) -> None:
        """Raise Forbidden unless the division or grid code lies inside the account's area."""
        if not self.area.contains(code):
            raise Forbidden(f"area {code} is outside {self.area.code}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Device:
    """A worker's phone that showed a good token."""

    id: int
    worker_id: int
    grid_code: str
    crs: str = "wgs84"  # declared at enrolment for apps that cannot say it


SESSION_COOKIE = "sanxun_session"
ACCOUNT_KEY: web.RequestKey[Account] = web.RequestKey("account", Account)
DEVICE_KEY: web.RequestKey[Device] = web.RequestKey("device", Device)
