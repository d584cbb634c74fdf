"""What becomes of values that somebody typed while others may have changed the same draft; pure.

Every value is judged by itself. What only one of two people changed is kept; where both changed the same value to
different ones, nobody's is overwritten: the draft keeps what it has and the other value waits for a decision.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from servq.drafts.content import Content, Value, holds, values_of


@dataclass(frozen=True)
class Change:
    """One stored change of one value; `sheet` is the open page from which it came."""

    number: int
    sheet: str
    path: str
    before: Value
    after: Value


@dataclass(frozen=True)
class Clash:
    """A value that two people changed differently: as it was, as it was typed, and as it is now."""

    path: str
    base: Value
    mine: Value
    theirs: Value


@dataclass(frozen=True)
class Merged:
    """What to write, what clashes, and what is settled because both now say the same."""

    write: Mapping[str, Value]
    clashes: tuple[Clash, ...]


def merge(content: Content, changes: Sequence[Change], typed: Mapping[str, Value], *, sheet: str) -> Merged:
    """Judge what was typed.

    Parameters
    ----------
    content
        The draft as it is now.
    changes
        All changes since the page was opened, oldest first.
    typed
        Every value that the page sent, changed or not.
    sheet
        Token of the page.
    """
    current = values_of(content)
    by_path: dict[str, list[Change]] = {}
    for change in changes:
        by_path.setdefault(change.path, []).append(change)
    write: dict[str, Value] = {}
    clashes: list[Clash] = []
    for path, mine in typed.items():
        theirs = current.get(path)
        base, is_foreign = _base(by_path.get(path, []), theirs, sheet)
        if mine in (base, theirs):
            continue
        if is_foreign or not holds(content, path):
            clashes.append(Clash(path, base, mine, theirs))
        else:
            write[path] = mine
    return Merged(write, tuple(clashes))


def changed_by_others(changes: Sequence[Change], prefix: str, *, sheet: str) -> bool:
    """Whether somebody else changed a part since the page was opened."""
    return any(change.sheet != sheet and f"{change.path}/".startswith(f"{prefix}/") for change in changes)


def _base(changes: Sequence[Change], current: Value, sheet: str) -> tuple[Value, bool]:
    """Return what the page showed last for a value, and whether others changed it after that."""
    base = changes[0].before if changes else current
    foreign = False
    for change in changes:
        if change.sheet == sheet:
            base, foreign = change.after, False
        else:
            foreign = True
    return base, foreign and base != current
