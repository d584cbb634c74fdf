"""What another person changed in a draft while somebody had its form open: shown, never overwritten. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from servq.surveys.setup import SetUp


@dataclass(frozen=True, slots=True)
class Difference:
    """A field in which what is stored now differs from what was typed."""

    label: str
    stored: str
    typed: str


@dataclass(frozen=True, slots=True)
class Clash:
    """Who saved first, when, and what differs."""

    by: str
    at: datetime | None
    differences: tuple[Difference, ...]


def clash_of(setup: SetUp, labels: Mapping[str, str], stored: Mapping[str, str], typed: Mapping[str, str]) -> Clash:
    """Compare what is stored now with what was typed, field by field; `labels` names the fields in their order."""
    differences = tuple(
        Difference(label, stored.get(name, ""), typed.get(name, ""))
        for name, label in labels.items()
        if stored.get(name, "") != typed.get(name, "")
    )
    return Clash(setup.changed_by, setup.changed_at, differences)
