"""Rules on how an instrument is asked: pages, skip rules, choices, evidence."""

from __future__ import annotations

from collections.abc import Iterator

from servq.errors import Problem
from servq.instruments.model import ChoiceBattery, ChoiceItem, Condition
from servq.instruments.parts import battery_pages
from servq.instruments.rules.lookups import items_in, one_of, scale_of
from servq.instruments.sources import Source
from servq.instruments.yaml_reading import ValuePath


def choices_have_ids_of_their_own(source: Source) -> Iterator[Problem]:
    """No item of a choice shares its id with another item, rated or chosen."""
    seen = {item.id for item in source.definition.items}
    for path, item in _choice_items(source):
        if item.id in seen:
            yield source.problem((*path, "id"), f'Item id "{item.id}" is there twice.', "Give each its own id.")
        seen.add(item.id)


def choices_offer_options(source: Source) -> Iterator[Problem]:
    """An item of a choice offers at least two options, each once."""
    dimensions = [dimension.id for dimension in source.definition.dimensions]
    for path, item in _choice_items(source):
        options = item.options or dimensions
        if len(set(options)) < max(2, len(options)):
            message = f'Item "{item.id}" does not offer at least two different options.'
            yield source.problem((*path, "options"), message, "List two or more, each once.")


def distinct_choices_can_differ(source: Source) -> Iterator[Problem]:
    """A battery of distinct choices has at least two items, and no more items than options."""
    dimensions = [dimension.id for dimension in source.definition.dimensions]
    for battery_id, battery in source.definition.batteries.items():
        if not isinstance(battery, ChoiceBattery) or not battery.distinct:
            continue
        offered = {option for item in battery.items for option in (item.options or dimensions)}
        if not 2 <= len(battery.items) <= len(offered):
            message = f'Battery "{battery_id}" has {len(battery.items)} items for {len(offered)} distinct options.'
            fix = "Ask at least two items and at most as many as there are options, or delete distinct."
            yield source.problem(("batteries", battery_id, "distinct"), message, fix)


def pages_group_neighbours(source: Source) -> Iterator[Problem]:
    """The batteries of a page are declared, follow each other, have the same moment, and stand on one page only."""
    batteries = source.definition.batteries
    order = list(batteries)
    placed: set[str] = set()
    for position, page in enumerate(source.definition.pages):
        path = ("pages", position)
        unknown = [battery for battery in page if battery not in batteries]
        for battery in unknown:
            message = f'Page {position + 1} names battery "{battery}", which is not declared.'
            yield source.problem(path, message, one_of(order, "under batteries"))
        for battery in page:
            if battery in placed:
                message = f'Battery "{battery}" stands on two pages.'
                yield source.problem(path, message, "Name it once.")
            placed.add(battery)
        if unknown or not page:
            continue
        first = order.index(page[0])
        if tuple(order[first : first + len(page)]) != page:
            message = f"The batteries of page {position + 1} do not follow each other."
            yield source.problem(path, message, "List them as they follow each other under batteries.")
        if len({batteries[battery].moment for battery in page}) > 1:
            message = f"The batteries of page {position + 1} are asked at different moments."
            yield source.problem(path, message, "Give them the same moment, or a page each.")


def conditions_name_answers(source: Source) -> Iterator[Problem]:
    """A condition names an item that is asked, and points or options that it offers."""
    for path, condition in _conditions(source):
        battery = source.definition.batteries.get(condition.battery)
        scale = scale_of(source, condition.battery)
        if isinstance(battery, ChoiceBattery):
            asked = [item.id for item in battery.items]
        elif scale is not None:
            asked = items_in(source, condition.battery)
        else:
            message = f'The condition looks at battery "{condition.battery}", which is no rating and no choice battery.'
            yield source.problem((*path, "battery"), message, one_of(source.definition.batteries, "under batteries"))
            continue
        if condition.item not in asked:
            message = f'The condition looks at "{condition.item}", which battery "{condition.battery}" does not ask.'
            yield source.problem((*path, "item"), message, one_of(asked, "there"))
        elif isinstance(battery, ChoiceBattery):
            chosen = next(item for item in battery.items if item.id == condition.item)
            offered = chosen.options or tuple(dimension.id for dimension in source.definition.dimensions)
            if condition.points or not set(condition.options) <= set(offered) or not condition.options:
                message = f'The condition on "{condition.item}" does not name options that it offers.'
                yield source.problem(path, message, f"Write options: with some of {', '.join(offered)}.")
        elif scale is not None and (
            condition.options or not set(condition.points) <= set(scale.points) or not condition.points
        ):
            message = f'The condition on "{condition.item}" does not name points of its scale.'
            yield source.problem(path, message, f"Write points: with some from {scale.low} to {scale.high}.")


def conditions_look_back(source: Source) -> Iterator[Problem]:
    """A condition looks at an earlier page, so that no two wait for each other."""
    page_of = _pages(source)
    for path, condition in _conditions(source):
        own = page_of.get(str(path[1]), len(page_of)) if path[0] == "batteries" else len(page_of)
        other = page_of.get(condition.battery)
        if other is not None and other >= own:
            message = f'The condition waits for battery "{condition.battery}", which is not asked before it.'
            fix = "Ask that battery on an earlier page; conditions that wait for each other can never hold."
            yield source.problem(path, message, fix)


def conditions_can_hold_together(source: Source) -> Iterator[Problem]:
    """The conditions of one part, with those of the batteries that they look at, do not exclude each other."""
    for path, conditions in _condition_lists(source):
        allowed: dict[tuple[str, str], set[int | str]] = {}
        for condition in _with_those_before(source, conditions):
            answers: set[int | str] = {*condition.points, *condition.options}
            key = (condition.battery, condition.item)
            allowed[key] = allowed.get(key, answers) & answers
        for (battery, item), answers in allowed.items():
            if not answers:
                message = f'The conditions on "{battery}.{item}" exclude each other: nobody would be asked.'
                yield source.problem(path, message, "Let them share at least one answer, or delete one.")


def evidence_is_asked_of_assessors(source: Source) -> Iterator[Problem]:
    """Only assessors are asked for evidence; a customer's photo could show who answered."""
    if set(source.definition.audiences) == {"assessor"}:
        return
    for position, item in enumerate(source.definition.items):
        if item.evidence is not None:
            message = f'Item "{item.id}" asks for evidence, but not only assessors answer.'
            yield source.problem(("items", position, "evidence"), message, "Delete it, or write audiences: [assessor].")


def adaptation_is_written_by_servq(source: Source) -> Iterator[Problem]:
    """An instrument file does not say that it is an adaptation; an adaptation file makes it one."""
    if source.definition.adaptation is not None:
        message = "An instrument file cannot say of itself what it adapts."
        yield source.problem(("adaptation",), message, "Delete it; write an adaptation file with adapts: instead.")


def _choice_items(source: Source) -> Iterator[tuple[ValuePath, ChoiceItem]]:
    for battery_id, battery in source.definition.batteries.items():
        if isinstance(battery, ChoiceBattery):
            for position, item in enumerate(battery.items):
                yield ("batteries", battery_id, "items", position), item


def _condition_lists(source: Source) -> Iterator[tuple[ValuePath, tuple[Condition, ...]]]:
    """Every skip rule with its place; the conditions of a choice item include those of its battery."""
    for battery_id, battery in source.definition.batteries.items():
        yield ("batteries", battery_id, "asked_if"), battery.asked_if
        if isinstance(battery, ChoiceBattery):
            for position, item in enumerate(battery.items):
                if item.asked_if:
                    path = ("batteries", battery_id, "items", position, "asked_if")
                    yield path, (*item.asked_if, *battery.asked_if)
    for position, comment in enumerate(source.definition.comments):
        yield ("comments", position, "asked_if"), comment.asked_if


def _conditions(source: Source) -> Iterator[tuple[ValuePath, Condition]]:
    for battery_id, battery in source.definition.batteries.items():
        for place, condition in enumerate(battery.asked_if):
            yield ("batteries", battery_id, "asked_if", place), condition
    for path, item in _choice_items(source):
        for place, condition in enumerate(item.asked_if):
            yield (*path, "asked_if", place), condition
    for position, comment in enumerate(source.definition.comments):
        for place, condition in enumerate(comment.asked_if):
            yield ("comments", position, "asked_if", place), condition


def _with_those_before(source: Source, conditions: tuple[Condition, ...]) -> Iterator[Condition]:
    """The conditions and, as an answer must have been asked for, those of the batteries that they look at."""
    waiting, seen = list(conditions), set()
    while waiting:
        condition = waiting.pop()
        yield condition
        battery = source.definition.batteries.get(condition.battery)
        if battery is not None and condition.battery not in seen:
            seen.add(condition.battery)
            waiting += battery.asked_if


def _pages(source: Source) -> dict[str, int]:
    """Number of the page on which each battery stands."""
    pages = battery_pages(source.definition)
    return {battery: number for number, page in enumerate(pages) for battery in page}
