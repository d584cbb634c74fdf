"""What changed between two instruments, or two versions of one: structure first, then texts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import msgspec

from servq.instruments.model import Instrument


@dataclass(frozen=True)
class Difference:
    """One value that differs.

    Parameters
    ----------
    path
        Keys down to the value; entries of a list are named by their id.
    before
        The value in the first instrument, None where it has none.
    after
        The value in the second instrument, None where it has none.
    """

    path: tuple[str, ...]
    before: Any
    after: Any

    @property
    def changes_scores(self) -> bool:
        """Whether answers would be asked for, stored or scored otherwise; only texts and notes do not."""
        return self.path[0] in SCORED_PARTS

    def __str__(self) -> str:
        place = ".".join(self.path)
        if self.before is None:
            return f"+ {place}: {_shown(self.after)}"
        if self.after is None:
            return f"- {place}: {_shown(self.before)}"
        return f"~ {place}: {_shown(self.before)} → {_shown(self.after)}"


SCORED_PARTS = frozenset({"scales", "batteries", "dimensions", "items", "missing", "scores"})


def differences(before: Instrument, after: Instrument) -> list[Difference]:
    """Every difference between two instruments, in the order of their files."""
    found = list(_compare(msgspec.to_builtins(before.definition), msgspec.to_builtins(after.definition), ()))
    locales = dict.fromkeys((*before.texts, *after.texts))
    for locale in locales:
        old, new = (msgspec.to_builtins(texts.get(locale), str_keys=True) for texts in (before.texts, after.texts))
        found += _compare(old, new, (f"text.{locale}",))
    return found


def _compare(before: Any, after: Any, path: tuple[str, ...]) -> Iterator[Difference]:
    before, after = _by_id(before), _by_id(after)
    if not (isinstance(before, dict) and isinstance(after, dict)):
        if before != after:
            yield Difference(path, before, after)
        return
    for key in dict.fromkeys((*before, *after)):
        yield from _compare(before.get(key), after.get(key), (*path, str(key)))
    common = [key for key in before if key in after]
    if path and path[0] in SCORED_PARTS and common != [key for key in after if key in before]:
        yield Difference((*path, "order"), common, [key for key in after if key in before])


def _by_id(value: Any) -> Any:
    if isinstance(value, list | tuple) and value and all(isinstance(entry, dict) and "id" in entry for entry in value):
        return {entry["id"]: entry for entry in value}
    return value


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key} {_shown(inner)}" for key, inner in value.items() if inner is not None)
    if isinstance(value, list | tuple):
        return ", ".join(map(_shown, value))
    return str(value).lower() if isinstance(value, bool) else str(value)
