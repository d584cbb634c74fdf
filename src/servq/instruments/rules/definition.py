"""Rules on instrument.yaml alone: references between its parts, and scales that can carry the scores."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from string import Formatter

from servq.errors import Problem
from servq.instruments.model import (
    Battery,
    ChoiceBattery,
    Column,
    EffortScore,
    GapScore,
    Instrument,
    Item,
    ItemScore,
    MeanScore,
    NetPromoterScore,
    PointsBattery,
    RatingBattery,
    ResponseScale,
    TopBoxScore,
)
from servq.instruments.sources import Source

NET_PROMOTER_POINTS = (0, 10)
TEMPLATE_FIELDS: dict[type[Battery], dict[str, object]] = {
    RatingBattery: {"number": 1, "item": "item", "label": "item", "dimension": "dimension"},
    PointsBattery: {"dimension": "dimension"},
    ChoiceBattery: {"item": "item", "label": "item"},
}


def ids_are_unique(source: Source) -> Iterator[Problem]:
    """No two dimensions, items, comments or scores share an id."""
    definition = source.definition
    parts = {
        "dimensions": [dimension.id for dimension in definition.dimensions],
        "items": [item.id for item in definition.items],
        "comments": [comment.id for comment in definition.comments],
        "scores": [score.id for score in definition.scores],
    }
    for part, ids in parts.items():
        for position, part_id in enumerate(ids):
            if part_id in ids[:position]:
                message = f'Id "{part_id}" is there twice among the {part}.'
                yield source.problem((part, position, "id"), message, "Give each its own id.")


def numbers_rise(source: Source) -> Iterator[Problem]:
    """Item numbers rise from one item to the next, so none is there twice."""
    last = 0
    for position, item in enumerate(source.definition.items):
        if item.number <= last:
            message = f'Item "{item.id}" has number {item.number} after number {last}.'
            yield source.problem(("items", position, "number"), message, "Number the items upwards, in their order.")
        last = max(last, item.number)


def items_measure_known_dimensions(source: Source) -> Iterator[Problem]:
    """Each item's dimension is declared."""
    known = [dimension.id for dimension in source.definition.dimensions]
    for position, item in enumerate(source.definition.items):
        if item.dimension is not None and item.dimension not in known:
            message = f'Item "{item.id}" measures "{item.dimension}", which is not declared.'
            yield source.problem(("items", position, "dimension"), message, _one_of(known, "under dimensions"))


def dimensions_have_items(source: Source) -> Iterator[Problem]:
    """Each dimension is measured by at least one item."""
    measured = {item.dimension for item in source.definition.items}
    for position, dimension in enumerate(source.definition.dimensions):
        if dimension.id not in measured:
            message = f'Dimension "{dimension.id}" has no items.'
            yield source.problem(("dimensions", position), message, "Give it items, or delete it.")


def scales_run_upwards(source: Source) -> Iterator[Problem]:
    """Each scale has at least two points."""
    for scale_id, scale in source.definition.scales.items():
        if scale.low >= scale.high:
            message = f'Scale "{scale_id}" runs from {scale.low} to {scale.high}.'
            yield source.problem(
                ("scales", scale_id), message, "Make low smaller than high; better: low turns it round."
            )


def scales_are_used(source: Source) -> Iterator[Problem]:
    """Each scale belongs to a battery."""
    used = {battery.scale for battery in source.definition.batteries.values() if isinstance(battery, RatingBattery)}
    for scale_id in source.definition.scales:
        if scale_id not in used:
            yield source.problem(("scales", scale_id), f'Scale "{scale_id}" is used by no battery.', "Delete it.")


def batteries_use_known_scales(source: Source) -> Iterator[Problem]:
    """Each rating battery's scale is declared."""
    known = list(source.definition.scales)
    for battery_id, battery in source.definition.batteries.items():
        if isinstance(battery, RatingBattery) and battery.scale not in known:
            message = f'Battery "{battery_id}" uses scale "{battery.scale}", which is not declared.'
            yield source.problem(("batteries", battery_id, "scale"), message, _one_of(known, "under scales"))


def items_are_asked_in_rating_batteries(source: Source) -> Iterator[Problem]:
    """The batteries that an item names are rating batteries, and there is at least one."""
    known = _rating_batteries(source)
    for position, item in enumerate(source.definition.items):
        if item.batteries is None:
            continue
        path = ("items", position, "batteries")
        if not item.batteries:
            yield source.problem(path, f'Item "{item.id}" is asked in no battery.', _one_of(known, "there"))
        for place, battery in enumerate(item.batteries):
            if battery not in known:
                message = f'Item "{item.id}" is asked in "{battery}", which is not a rating battery.'
                yield source.problem((*path, place), message, _one_of(known, "there"))


def batteries_ask_something(source: Source) -> Iterator[Problem]:
    """Each rating battery has items."""
    for battery_id in _rating_batteries(source):
        if not _items_in(source, battery_id):
            message = f'Battery "{battery_id}" asks no item.'
            yield source.problem(("batteries", battery_id), message, "Let items name it, or delete it.")


def points_are_spread_over_dimensions(source: Source) -> Iterator[Problem]:
    """A points battery has at least two dimensions to weigh against each other."""
    for battery_id, battery in source.definition.batteries.items():
        if isinstance(battery, PointsBattery) and len(source.definition.dimensions) < 2:  # "two"
            message = f'Battery "{battery_id}" spreads points, but there are not two dimensions to spread them over.'
            yield source.problem(("batteries", battery_id), message, "Declare the dimensions, or delete the battery.")


def reverse_keys_make_sense(source: Source) -> Iterator[Problem]:
    """No item is reverse-keyed on a scale of two points, where the labels should be exchanged instead."""
    for position, item in enumerate(source.definition.items):
        if not item.reversed:
            continue
        for battery_id in item.batteries or _rating_batteries(source):
            scale = _scale(source, battery_id)
            if scale is not None and len(scale.points) == 2:  # "two"
                message = f'Item "{item.id}" is reverse-keyed on the two points of battery "{battery_id}".'
                yield source.problem(
                    ("items", position, "reversed"), message, "Word it positively and delete reversed."
                )


def scores_refer_to_known_parts(source: Source) -> Iterator[Problem]:
    """The batteries, weights and items that a score names exist and are of the right kind."""
    rated = _rating_batteries(source)
    weighing = [key for key, battery in source.definition.batteries.items() if isinstance(battery, PointsBattery)]
    item_ids = [item.id for item in source.definition.items]
    for position, score in enumerate(source.definition.scores):
        if isinstance(score, GapScore):
            references = {"perception": rated, "expectation": rated, "weights": weighing}
        elif isinstance(score, MeanScore):
            references = {"battery": rated, "weights": weighing}
        elif isinstance(score, ItemScore):
            references = {"battery": rated, "item": item_ids}
        else:
            continue
        for key, known in references.items():
            named = getattr(score, key)
            if named is not None and named not in known:
                kind = {"weights": "a points battery", "item": "an item"}.get(key, "a rating battery")
                message = f'Score "{score.id}" refers to "{named}", which is not {kind} of this instrument.'
                yield source.problem(("scores", position, key), message, _one_of(known, "there"))


def scored_items_are_asked(source: Source) -> Iterator[Problem]:
    """An item that a score counts is asked in the score's battery."""
    for position, score in enumerate(source.definition.scores):
        if not isinstance(score, ItemScore) or score.battery not in _rating_batteries(source):
            continue
        item = _find_item(source, score.item)
        if item is not None and item.batteries is not None and score.battery not in item.batteries:
            message = f'Score "{score.id}" counts item "{item.id}", which battery "{score.battery}" does not ask.'
            yield source.problem(("scores", position, "item"), message, "Choose another item or battery.")


def gaps_compare_like_with_like(source: Source) -> Iterator[Problem]:
    """Both batteries of a gap are different, have the same points, high being good, and ask the same items."""
    for position, score in enumerate(source.definition.scores):
        if not isinstance(score, GapScore):
            continue
        path = ("scores", position, "expectation")
        if score.perception == score.expectation:
            message = f'Score "{score.id}" compares battery "{score.perception}" with itself.'
            yield source.problem(path, message, "Name two batteries.")
            continue
        scales = _scale(source, score.perception), _scale(source, score.expectation)
        if scales[0] is None or scales[1] is None:
            continue
        if scales[0].points != scales[1].points or scales[0].better != scales[1].better:
            message = f'The batteries of score "{score.id}" have different points or directions.'
            yield source.problem(path, message, "Give both scales the same low, high and better.")
        elif scales[0].better == "low":
            message = f'Score "{score.id}" would call a good low answer a shortfall.'
            yield source.problem(path, message, "Turn both scales and their labels round, so that high is good.")
        if _items_in(source, score.perception) != _items_in(source, score.expectation):
            message = f'The batteries of score "{score.id}" ask different items.'
            yield source.problem(path, message, "Ask the same items in both.")


def net_promoter_runs_from_0_to_10(source: Source) -> Iterator[Problem]:
    """A net promoter score has its eleven points, high is good, and its item is not reverse-keyed."""
    for position, score in enumerate(source.definition.scores):
        if not isinstance(score, NetPromoterScore):
            continue
        scale = _scale(source, score.battery)
        item = _find_item(source, score.item)
        if scale is None or item is None:
            continue
        if (scale.low, scale.high) != NET_PROMOTER_POINTS or scale.better != "high" or item.reversed:
            message = f'Score "{score.id}" is a net promoter score, which needs 0–10 with 10 as the good end.'
            fix = "Set low: 0 and high: 10, better: high, and no reversed."
            yield source.problem(("scores", position), message, fix)


def boxes_leave_points_over(source: Source) -> Iterator[Problem]:
    """A share of the best points leaves at least one point that does not count."""
    for position, score in enumerate(source.definition.scores):
        if not isinstance(score, TopBoxScore | EffortScore):
            continue
        scale = _scale(source, score.battery)
        if scale is not None and score.boxes >= len(scale.points):
            message = f'Score "{score.id}" counts {score.boxes} of {len(scale.points)} points.'
            yield source.problem(("scores", position, "boxes"), message, "Count fewer points than the scale has.")


def column_templates_are_valid(source: Source) -> Iterator[Problem]:
    """A template of column names has known fields only."""
    for battery_id, fault in _template_faults(source).items():
        battery = source.definition.batteries[battery_id]
        message = f'Column template "{battery.columns}" of battery "{battery_id}" cannot be used: {fault}.'
        fields = ", ".join(f"{{{name}}}" for name in TEMPLATE_FIELDS[type(battery)])
        example = {RatingBattery: "p{number:02d}", PointsBattery: "w_{dimension}", ChoiceBattery: "{item}"}
        fix = f"Use {fields}, such as {example[type(battery)]}."
        yield source.problem(("batteries", battery_id, "columns"), message, fix)


def columns_have_unique_names(source: Source) -> Iterator[Problem]:
    """No two stored answers or comments share a column name, neither by alias nor as battery_item."""
    definition = source.definition
    faulty = _template_faults(source)
    instrument = Instrument(definition=definition, texts={})
    owners: dict[str, Column | str] = {comment.id: comment.id for comment in definition.comments}
    told: set[str] = set()
    for battery_id in definition.batteries:
        if battery_id in faulty:
            continue
        for asked in dict.fromkeys(instrument.asked_in(battery_id)):
            column = Column(battery_id, asked)
            for name in (instrument.column_name(column), f"{battery_id}_{asked}"):
                owner = owners.setdefault(name, column)
                if owner != column and battery_id not in told:
                    told.add(battery_id)
                    message = f'Battery "{battery_id}" gives column name "{name}" a second time.'
                    fix = "Put {number}, {item} or another letter into its columns."
                    yield source.problem(("batteries", battery_id, "columns"), message, fix)


def _template_faults(source: Source) -> dict[str, str]:
    faults = {}
    for battery_id, battery in source.definition.batteries.items():
        fields = TEMPLATE_FIELDS[type(battery)]
        try:
            names = {name for _, name, _, _ in Formatter().parse(battery.columns) if name is not None}
            if unknown := sorted(names.difference(fields)):
                faults[battery_id] = f"{{{unknown[0]}}} is not known"
            else:
                battery.columns.format(**fields)
        except (ValueError, IndexError, KeyError, AttributeError) as error:
            faults[battery_id] = str(error).lower()
    return faults


def _rating_batteries(source: Source) -> list[str]:
    return [key for key, battery in source.definition.batteries.items() if isinstance(battery, RatingBattery)]


def _items_in(source: Source, battery_id: str) -> list[str]:
    items = source.definition.items
    return [item.id for item in items if item.batteries is None or battery_id in item.batteries]


def _find_item(source: Source, item_id: str) -> Item | None:
    return next((item for item in source.definition.items if item.id == item_id), None)


def _scale(source: Source, battery_id: str) -> ResponseScale | None:
    battery = source.definition.batteries.get(battery_id)
    return source.definition.scales.get(battery.scale) if isinstance(battery, RatingBattery) else None


def _one_of(known: Iterable[str], where: str) -> str:
    names = ", ".join(known)
    return f"Use one of: {names}." if names else f"Declare it {where}."
