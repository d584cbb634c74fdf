"""What the rules ask of a source again and again."""

from __future__ import annotations

from collections.abc import Iterable

from servq.instruments.model import Item, RatingBattery, ResponseScale
from servq.instruments.sources import Source


def rating_batteries(source: Source) -> list[str]:
    """Ids of the rating batteries."""
    return [key for key, battery in source.definition.batteries.items() if isinstance(battery, RatingBattery)]


def items_in(source: Source, battery_id: str) -> list[str]:
    """Ids of the items that a rating battery asks."""
    items = source.definition.items
    return [item.id for item in items if item.batteries is None or battery_id in item.batteries]


def find_item(source: Source, item_id: str) -> Item | None:
    """The rated item with this id, if there is one."""
    return next((item for item in source.definition.items if item.id == item_id), None)


def scale_of(source: Source, battery_id: str) -> ResponseScale | None:
    """The scale of a rating battery, if both are declared."""
    battery = source.definition.batteries.get(battery_id)
    return source.definition.scales.get(battery.scale) if isinstance(battery, RatingBattery) else None


def one_of(known: Iterable[str], where: str) -> str:
    """Which names may be used, or that there are none yet."""
    names = ", ".join(known)
    return f"Use one of: {names}." if names else f"Declare it {where}."
