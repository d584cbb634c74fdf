"""Rules on instrument.yaml alone: references between its parts, and scales that can carry the scores."""

from __future__ import annotations

from collections.abc import Iterator
from string import Formatter

from servq.errors import Problem
from servq.instruments.model import Battery, ChoiceBattery, Column, Instrument, PointsBattery, RatingBattery
from servq.instruments.rules.lookups import items_in, one_of, rating_batteries, scale_of
from servq.instruments.sources import Source

TEMPLATE_FIELDS: dict[type[Battery], dict[str, object]] = {
    RatingBattery: {"number": 1, "item": "item", "label": "item", "dimension": "dimension"},
    PointsBattery: {"dimension": "dimension"},
    ChoiceBattery: {"item": "item", "label": "item"},
}


def ids_are_unique(source: Source) -> Iterator[Problem]:
    """No two dimensions, items, comments, scores or breakdowns share an id."""
    definition = source.definition
    parts = {
        "dimensions": [dimension.id for dimension in definition.dimensions],
        "breakdowns": [breakdown.id for breakdown in definition.breakdowns],
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


def unverified_structure_is_left_open(source: Source) -> Iterator[Problem]:
    """An instrument whose structure is unverified assigns no item to a dimension; whoever adapts it does."""
    if source.definition.status == "verified" or source.definition.adaptation is not None:
        return
    for position, item in enumerate(source.definition.items):
        if item.dimension is not None:
            message = f'Item "{item.id}" is assigned to a dimension although the structure is unverified.'
            yield source.problem(("items", position, "dimension"), message, "Delete it, or cite the source and verify.")


def items_measure_known_dimensions(source: Source) -> Iterator[Problem]:
    """Each item's dimension is declared."""
    known = [dimension.id for dimension in source.definition.dimensions]
    for position, item in enumerate(source.definition.items):
        if item.dimension is not None and item.dimension not in known:
            message = f'Item "{item.id}" measures "{item.dimension}", which is not declared.'
            yield source.problem(("items", position, "dimension"), message, one_of(known, "under dimensions"))


def dimensions_have_items(source: Source) -> Iterator[Problem]:
    """Each dimension is measured by at least one item, unless the structure is unverified."""
    if source.definition.status != "verified":
        return
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
            yield source.problem(("batteries", battery_id, "scale"), message, one_of(known, "under scales"))


def items_are_asked_in_rating_batteries(source: Source) -> Iterator[Problem]:
    """The batteries that an item names are rating batteries, and there is at least one."""
    known = rating_batteries(source)
    for position, item in enumerate(source.definition.items):
        if item.batteries is None:
            continue
        path = ("items", position, "batteries")
        if not item.batteries:
            yield source.problem(path, f'Item "{item.id}" is asked in no battery.', one_of(known, "there"))
        for place, battery in enumerate(item.batteries):
            if battery not in known:
                message = f'Item "{item.id}" is asked in "{battery}", which is not a rating battery.'
                yield source.problem((*path, place), message, one_of(known, "there"))


def batteries_ask_something(source: Source) -> Iterator[Problem]:
    """Each rating battery has items."""
    for battery_id in rating_batteries(source):
        if not items_in(source, battery_id):
            message = f'Battery "{battery_id}" asks no item.'
            yield source.problem(("batteries", battery_id), message, "Let items name it, or delete it.")


def points_are_spread_over_dimensions(source: Source) -> Iterator[Problem]:
    """A points battery has at least two declared dimensions to weigh against each other."""
    known = [dimension.id for dimension in source.definition.dimensions]
    for battery_id, battery in source.definition.batteries.items():
        if not isinstance(battery, PointsBattery):
            continue
        for position, dimension in enumerate(battery.dimensions):
            if dimension not in known:
                message = f'Battery "{battery_id}" weights dimension "{dimension}", which is not declared.'
                path = ("batteries", battery_id, "dimensions", position)
                yield source.problem(path, message, one_of(known, "under dimensions"))
        if len(set(battery.dimensions or known)) < max(2, len(battery.dimensions)):
            message = f'Battery "{battery_id}" spreads points, but there are not two dimensions to spread them over.'
            fix = "Declare the dimensions, each once, or delete the battery."
            yield source.problem(("batteries", battery_id), message, fix)


def reverse_keys_make_sense(source: Source) -> Iterator[Problem]:
    """No item is reverse-keyed on a scale of two points, where the labels should be exchanged instead."""
    for position, item in enumerate(source.definition.items):
        if not item.reversed:
            continue
        for battery_id in item.batteries or rating_batteries(source):
            scale = scale_of(source, battery_id)
            if scale is not None and len(scale.points) == 2:  # "two"
                message = f'Item "{item.id}" is reverse-keyed on the two points of battery "{battery_id}".'
                yield source.problem(
                    ("items", position, "reversed"), message, "Word it positively and delete reversed."
                )


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
