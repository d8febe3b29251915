"""Personal data as it is shown: masked always, and left out where the viewer has no need of it; pure."""

from __future__ import annotations

from tracker.cases.rows import Reporter


def mask_phone(phone: str) -> str:
    """138****1234; short numbers keep their last two digits only."""
    if len(phone) >= 8:
        return f"{phone[:3]}****{phone[-4:]}"
    return f"{'*' * max(0, len(phone) - 2)}{phone[-2:]}" if phone else ""


def mask_name(name: str) -> str:
    """王** whatever the length."""
    return f"{name[0]}**" if name else ""


def masked(reporter: Reporter) -> Reporter:
    """The reporter with name and phone masked."""
    fields = {name: getattr(reporter, name) for name in reporter.__struct_fields__}
    return Reporter(**(fields | {"name": mask_name(reporter.name), "phone": mask_phone(reporter.phone)}))
