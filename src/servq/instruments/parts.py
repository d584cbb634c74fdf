"""Which parts an instrument has, and the same instrument with everything said that was left to a default.

For code that drops parts of an instrument or joins two: a default such as "every battery" would mean something else
there.
"""

from __future__ import annotations

from msgspec.structs import replace

from servq.instruments.model import Battery, ChoiceBattery, Definition, PointsBattery, RatingBattery


def ids_of_parts(definition: Definition) -> dict[str, list[str]]:
    """Ids by the part of the text files that words them."""
    choices = [battery for battery in definition.batteries.values() if isinstance(battery, ChoiceBattery)]
    return {
        "scales": list(definition.scales),
        "batteries": list(definition.batteries),
        "dimensions": [dimension.id for dimension in definition.dimensions],
        "items": [item.id for item in definition.items],
        "choices": [item.id for battery in choices for item in battery.items],
        "comments": [comment.id for comment in definition.comments],
        "groups": [breakdown.id for breakdown in definition.breakdowns if breakdown.groups],
    }


def made_explicit(definition: Definition) -> Definition:
    """The same definition; items name their batteries, points and choices what they are about."""
    rated = tuple(key for key, battery in definition.batteries.items() if isinstance(battery, RatingBattery))
    dimensions = tuple(dimension.id for dimension in definition.dimensions)

    def explicit(battery: Battery) -> Battery:
        if isinstance(battery, PointsBattery):
            return replace(battery, dimensions=battery.dimensions or dimensions)
        if isinstance(battery, ChoiceBattery):
            items = tuple(replace(item, options=item.options or dimensions) for item in battery.items)
            return replace(battery, items=items)
        return battery

    return replace(
        definition,
        batteries={key: explicit(battery) for key, battery in definition.batteries.items()},
        items=tuple(replace(item, batteries=item.batteries or rated) for item in definition.items),
    )


def battery_pages(definition: Definition) -> tuple[tuple[str, ...], ...]:
    """Batteries as they are asked, page by page: those grouped by `pages` together, every other one by itself."""
    together = {battery: page for page in definition.pages for battery in page}
    return tuple(dict.fromkeys(together.get(battery, (battery,)) for battery in definition.batteries))
