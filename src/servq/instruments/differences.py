"""What changed between two instruments, or two versions of one: structure first, then texts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import msgspec

from servq.instruments.model import Column, Instrument, RatingBattery
from servq.instruments.parts import made_explicit


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


SCORED_PARTS = frozenset(
    {"scales", "batteries", "dimensions", "items", "missing", "scores", "breakdowns", "comments", "pages"}
)


def differences(before: Instrument, after: Instrument) -> list[Difference]:
    """Every difference between two instruments, in the order of their files.

    A default and the same value written out are no difference. A language that only one of them has is one.
    """
    old, new = msgspec.to_builtins(before.definition), msgspec.to_builtins(after.definition)
    meant_old, meant_new = (msgspec.to_builtins(made_explicit(one.definition)) for one in (before, after))
    real = {difference.path for difference in _compare(meant_old, meant_new, ())}
    found = [difference for difference in _compare(old, new, ()) if difference.path in real]
    for locale in dict.fromkeys((*before.texts, *after.texts)):
        path = (f"text.{locale}",)
        old, new = (msgspec.to_builtins(texts.get(locale), str_keys=True) for texts in (before.texts, after.texts))
        if old is None or new is None:
            found.append(Difference(path, *("every text" if texts else None for texts in (old, new))))
        else:
            found += _compare(old, new, path)
    return found


def comparability(before: Instrument, after: Instrument) -> str:
    """Whether scores of the two may be compared, in one sentence; the wording of an item counts as much as its key."""
    unchanged = unchanged_items(before, after)
    n_before, n_after = (sum(len(one.asked_in(key)) for key in _rated(one)) for one in (before, after))
    scored = any(difference.changes_scores for difference in differences(before, after))
    if len(unchanged) == n_before == n_after and not scored:
        return "Scores stay comparable: every item is asked and scored as before."
    if not unchanged:
        return "Scores are not comparable: no item is asked and scored as before."
    return (
        f"Scores as a whole are not comparable; {len(unchanged)} of the rated items ({n_before} before, {n_after} "
        "after) are asked and scored as before, and only those are trended together."
    )


def unchanged_items(before: Instrument, after: Instrument) -> tuple[Column, ...]:
    """Rated items that both ask alike: same battery, key, dimension, points, and words in all languages shared."""
    shared = [battery for battery in _rated(after) if battery in _rated(before)]
    return tuple(
        column
        for column in (Column(battery, item) for battery in shared for item in after.asked_in(battery))
        if column.item in before.asked_in(column.battery) and is_asked_alike(before, after, column)
    )


def is_asked_alike(before: Instrument, after: Instrument, column: Column) -> bool:
    """Whether both ask and score an item in a battery alike; both must ask it there.

    A wording is the same when it is so in every language that both have, of which there must be one.
    """
    first, second = before.item(column.item), after.item(column.item)
    keys = [(item.reversed, item.dimension, item.weight) for item in (first, second)]
    if keys[0] != keys[1] or before.scale_of(column.battery) != after.scale_of(column.battery):
        return False
    locales = [locale for locale in before.texts if locale in after.texts]
    return bool(locales) and all(_shown_item(before, column, k) == _shown_item(after, column, k) for k in locales)


def _shown_item(instrument: Instrument, column: Column, locale: str) -> tuple[str, dict[int, str]]:
    """Wording and labelled points of an item, placeholders filled by their defaults."""
    battery = instrument.definition.batteries[column.battery]
    scales = instrument.texts_in(locale).scales
    anchors = scales[battery.scale].anchors if isinstance(battery, RatingBattery) else {}
    return instrument.wording(column, locale), dict(anchors)


def _rated(instrument: Instrument) -> list[str]:
    return [key for key, one in instrument.definition.batteries.items() if isinstance(one, RatingBattery)]


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
