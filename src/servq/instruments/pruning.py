"""Leave parts of an instrument out, with everything that cannot be without them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from msgspec.structs import replace

from servq.instruments.adaptation import Dropped
from servq.instruments.model import (
    Battery,
    ChecklistScore,
    ChoiceBattery,
    Definition,
    Item,
    PointsBattery,
    RatingBattery,
    Score,
)
from servq.instruments.parts import ids_of_parts
from servq.instruments.placeholders import placeholders_in, texts_of
from servq.instruments.score_kinds import RATING_ROLES


def prune(definition: Definition, drop: Dropped) -> Definition:
    """Drop parts of a definition in which every default is made explicit.

    What is left without a purpose goes too: a battery without items, an item in no battery, a dimension without
    items, a scale without battery, a score or breakdown without one of its parts. Skip rules stay as they are, so
    that one which looks at a dropped part is told as a problem.
    """
    batteries = {key: kept for key, battery in definition.batteries.items() if (kept := _battery(key, battery, drop))}
    left = (_item(item, batteries) for item in definition.items if item.id not in drop.items)
    items = [item for item in left if item is not None]
    asked = {battery for item in items for battery in item.batteries or ()}
    batteries = {key: one for key, one in batteries.items() if not isinstance(one, RatingBattery) or key in asked}
    lost = {item.dimension for item in definition.items} - {item.dimension for item in items}
    dimensions = tuple(dimension for dimension in definition.dimensions if dimension.id not in lost)
    batteries = {
        key: narrowed for key, battery in batteries.items() if (narrowed := _without_dimensions(battery, lost))
    }
    item_ids = {item.id for item in items}
    possible = (_score(one, batteries, item_ids) for one in definition.scores if one.id not in drop.scores)
    scores = tuple(score for score in possible if score is not None)
    answered = item_ids | {
        item.id for battery in batteries.values() if isinstance(battery, ChoiceBattery) for item in battery.items
    }
    used = {battery.scale for battery in batteries.values() if isinstance(battery, RatingBattery)}
    return replace(
        definition,
        batteries=batteries,
        items=tuple(items),
        dimensions=dimensions,
        scales={key: scale for key, scale in definition.scales.items() if key in used},
        comments=tuple(comment for comment in definition.comments if comment.id not in drop.comments),
        scores=scores,
        breakdowns=tuple(
            one
            for one in definition.breakdowns
            if one.score in {score.id for score in scores} and one.battery in batteries and one.item in answered
        ),
        pages=tuple(
            page for whole in definition.pages if len(page := tuple(key for key in whole if key in batteries)) > 1
        ),
    )


def prune_texts(texts: Mapping[str, Any], definition: Definition) -> dict[str, Any]:
    """Texts (as plain dicts) of the parts that a definition has, and defaults of the placeholders still used."""
    pruned = dict(texts)
    for part, ids in ids_of_parts(definition).items():
        pruned[part] = {key: text for key, text in texts[part].items() if key in ids}
    batteries = {item.id: item.batteries for item in definition.items}
    for item, wordings in pruned["items"].items():
        asked = batteries[item] or tuple(definition.batteries)
        pruned["items"][item] = {key: text for key, text in wordings.items() if key == "*" or key in asked}
    worded = {key: value for key, value in pruned.items() if key != "placeholders"}
    used = {name for _, text in texts_of(worded) for name in placeholders_in(text)}
    pruned["placeholders"] = {key: text for key, text in texts["placeholders"].items() if key in used}
    return pruned


def _battery(key: str, battery: Battery, drop: Dropped) -> Battery | None:
    if key in drop.batteries:
        return None
    if isinstance(battery, ChoiceBattery):
        items = tuple(item for item in battery.items if item.id not in drop.items)
        return replace(battery, items=items) if items else None
    return battery


def _item(item: Item, batteries: Collection[str]) -> Item | None:
    asked = tuple(battery for battery in item.batteries or () if battery in batteries)
    return replace(item, batteries=asked) if asked else None


def _without_dimensions(battery: Battery, lost: Collection[str | None]) -> Battery | None:
    """Points and choices over the dimensions that are left; without two of them there is nothing to weigh or choose."""
    if isinstance(battery, PointsBattery):
        kept = tuple(dimension for dimension in battery.dimensions if dimension not in lost)
        return replace(battery, dimensions=kept) if len(kept) > 1 else None
    if isinstance(battery, ChoiceBattery):
        narrowed = ((item, tuple(o for o in item.options if o not in lost)) for item in battery.items)
        items = tuple(
            replace(item, options=left) for item, left in narrowed if len(left) > 1 or len(left) == len(item.options)
        )
        return replace(battery, items=items) if items else None
    return battery


def _score(score: Score, batteries: Collection[str], items: Collection[str]) -> Score | None:
    if isinstance(score, ChecklistScore):
        kept = tuple(battery for battery in score.batteries if battery in batteries)
        return replace(score, batteries=kept) if kept else None
    optional = {
        name: None for name in ("weights", "importance") if getattr(score, name, None) not in (None, *batteries)
    }
    needed = [name for name in RATING_ROLES if name != "importance" and hasattr(score, name)]
    if any(getattr(score, name) not in batteries for name in needed):
        return None
    if hasattr(score, "item") and score.item not in items:
        return None
    return replace(score, **optional) if optional else score
