"""What the navigation of the workplace offers, and to whom."""

from __future__ import annotations

from dataclasses import dataclass

from servq.accounts.viewer import Viewer
from servq.web.manage.access import Audience


@dataclass(frozen=True, slots=True)
class Entry:
    """One place to go; `label` is English and looked up in the catalogue ``workplace``.

    `covers` are addresses that belong to it and do not begin like its own.
    """

    label: str
    path: str
    audience: Audience
    icon: str = ""
    covers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Group:
    """Entries that belong together."""

    label: str
    entries: tuple[Entry, ...]


GROUPS = (
    Group(
        "Read",
        (
            Entry("Results", "/manage", Audience.EVERYBODY, "results"),
            Entry("Reports", "/manage/reports", Audience.EVERYBODY, "reports"),
            Entry("Comments", "/manage/comments", Audience.EVERYBODY, "comments"),
            Entry("Follow-ups", "/manage/follow-ups", Audience.EVERYBODY, "follow-ups"),
            Entry("Targets", "/manage/targets", Audience.EVERYBODY, "targets"),
        ),
    ),
    Group(
        "Ask",
        (
            Entry("Surveys", "/manage/surveys", Audience.RESEARCHERS, "surveys"),
            Entry("Instruments", "/manage/instruments", Audience.RESEARCHERS, "instruments", ("/manage/drafts",)),
            Entry("Studies", "/manage/studies", Audience.RESEARCHERS, "studies"),
        ),
    ),
    Group(
        "Administer",
        (
            Entry("People", "/manage/people", Audience.ADMINS, "people"),
            Entry("Sites", "/manage/sites", Audience.ADMINS, "sites"),
            Entry("API keys", "/manage/keys", Audience.ADMINS, "keys"),
            Entry("Audit log", "/manage/audit", Audience.ADMINS, "audit"),
        ),
    ),
)


def groups_for(viewer: Viewer | None) -> tuple[Group, ...]:
    """Return what a person is offered."""
    offered = (
        Group(group.label, tuple(each for each in group.entries if each.audience.admits(viewer))) for group in GROUPS
    )
    return tuple(group for group in offered if group.entries)


def current_path(groups: tuple[Group, ...], path: str) -> str:
    """Return the entry that a page belongs to: the longest address that its own begins with, "" for none."""
    entries = {each: entry.path for group in groups for entry in group.entries for each in (entry.path, *entry.covers)}
    above = [each for each in entries if path == each or path.startswith(f"{each}/")]
    found = entries.get(max(above, key=len, default=""), "")
    return found if found != "/manage" or path == "/manage" else ""
