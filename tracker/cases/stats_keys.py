"""What is kept for each day: flows that are added up, stocks that run on; and how counts are made of them."""

from __future__ import annotations

from collections.abc import Mapping

STAGES = ("verifying", "dispatch", "signing", "handling", "checking", "closing")  # whose lateness is counted

FLOWS = (
    *("reports", "valid_reports", "accepted", "rejected", "filed", "filed_on_time", "voided", "merged", "reopened"),
    *("dispatches", "wrong_dispatches", "returned", "refused", "extended"),
    *("sent_to_verify", "sent_to_verify_on_time", "sent_to_check", "sent_to_check_on_time"),
    *("public_verified", "supervisor_verified"),
    *("closed", "closed_on_time", "reworks", "ended", "answered"),
    *("visited", "solved", "satisfied", "basic", "unsatisfied"),
    *("supervisions", "supervisions_answered"),
    *(f"done_{stage}" for stage in STAGES),
    *(f"ontime_{stage}" for stage in STAGES),
)
STOCKS = ("suspended", "past_due", *(f"late_{stage}" for stage in STAGES))
KEYS = (*FLOWS, *STOCKS)

# A count is a sum of kept keys; what is not named here is the key of the same name.
_SUMS: dict[str, tuple[str, ...]] = {
    "due": ("closed", "past_due"),
    "to_handle": ("done_handling", "late_handling"),
    "handled": ("done_handling",),
    "handled_on_time": ("ontime_handling",),
    "to_dispatch": ("done_dispatch", "late_dispatch"),
    "dispatched_on_time": ("ontime_dispatch",),
    "to_verify": ("done_verifying", "late_verifying"),
    "verified_on_time": ("ontime_verifying",),
    "to_check": ("done_checking", "late_checking"),
    "checked_on_time": ("ontime_checking",),
    "closings": ("done_closing", "late_closing"),
    "closings_on_time": ("ontime_closing",),
    "to_sign": ("done_signing", "late_signing"),
    "signed_on_time": ("ontime_signing",),
    "late_unhandled": ("late_handling",),
}


def kept_of(count: str) -> tuple[str, ...]:
    """The kept keys that a count is the sum of."""
    return _SUMS.get(count, (count,))


def counts_of(kept: Mapping[str, int], names: Mapping[str, str]) -> dict[str, int]:
    """Every count of a period from its flows added up and its stocks at the end."""
    return {count: sum(kept.get(key, 0) for key in kept_of(count)) for count in names}
