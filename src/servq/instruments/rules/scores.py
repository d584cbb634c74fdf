"""Rules on the scores: what they name exists, and the scales can carry them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from servq.errors import Problem
from servq.instruments.model import (
    AntecedentScore,
    ChecklistScore,
    ChoiceBattery,
    EffortScore,
    GapRatingScore,
    GapScore,
    ItemScore,
    KanoScore,
    MeanScore,
    NetPromoterScore,
    PathScore,
    PointsBattery,
    RatingBattery,
    Score,
    ToleranceScore,
    TopBoxScore,
)
from servq.instruments.rules.lookups import find_item, items_in, one_of, rating_batteries, scale_of
from servq.instruments.score_kinds import RATING_ROLES
from servq.instruments.sources import Source

NET_PROMOTER_POINTS = (0, 10)
KANO_POINTS = 5


def scores_refer_to_known_parts(source: Source) -> Iterator[Problem]:
    """The batteries, weights and items that a score names exist and are of the right kind."""
    rated = rating_batteries(source)
    weighing = [key for key, battery in source.definition.batteries.items() if isinstance(battery, PointsBattery)]
    item_ids = [item.id for item in source.definition.items]
    roles = dict.fromkeys(RATING_ROLES, (rated, "a rating battery"))
    roles |= {"weights": (weighing, "a points battery"), "item": (item_ids, "an item")}
    for position, score in enumerate(source.definition.scores):
        for key, (known, kind) in roles.items():
            named = getattr(score, key, None)
            if named is not None and named not in known:
                message = f'Score "{score.id}" refers to "{named}", which is not {kind} of this instrument.'
                yield source.problem(("scores", position, key), message, one_of(known, "there"))
        for place, named in enumerate(score.batteries if isinstance(score, ChecklistScore) else ()):
            if named not in rated:
                message = f'Score "{score.id}" refers to "{named}", which is not a rating battery of this instrument.'
                yield source.problem(("scores", position, "batteries", place), message, one_of(rated, "there"))


def scored_items_are_asked(source: Source) -> Iterator[Problem]:
    """An item that a score counts is asked in the score's battery."""
    for position, score in enumerate(source.definition.scores):
        if not isinstance(score, ItemScore) or score.battery not in rating_batteries(source):
            continue
        item = find_item(source, score.item)
        if item is not None and item.batteries is not None and score.battery not in item.batteries:
            message = f'Score "{score.id}" counts item "{item.id}", which battery "{score.battery}" does not ask.'
            yield source.problem(("scores", position, "item"), message, "Choose another item or battery.")


def compared_batteries_are_alike(source: Source) -> Iterator[Problem]:
    """Batteries that a score compares are different, have the same points, high being good, and ask the same items."""
    for position, score in enumerate(source.definition.scores):
        for (_, first), (key, second) in combinations(_compared(score), 2):
            path = ("scores", position, key)
            if first == second:
                message = f'Score "{score.id}" compares battery "{first}" with itself.'
                yield source.problem(path, message, "Name two batteries.")
                continue
            scales = scale_of(source, first), scale_of(source, second)
            if scales[0] is None or scales[1] is None:
                continue
            if scales[0].points != scales[1].points or scales[0].better != scales[1].better:
                message = (
                    f'Batteries "{first}" and "{second}" of score "{score.id}" have different points or directions.'
                )
                yield source.problem(path, message, "Give both scales the same low, high and better.")
            elif scales[0].better == "low" and not isinstance(score, KanoScore):
                message = f'Score "{score.id}" would call a good low answer a shortfall.'
                yield source.problem(path, message, "Turn both scales and their labels round, so that high is good.")
            if items_in(source, first) != items_in(source, second):
                message = f'Batteries "{first}" and "{second}" of score "{score.id}" ask different items.'
                yield source.problem(path, message, "Ask the same items in both.")


def importance_is_asked_of_the_same_items(source: Source) -> Iterator[Problem]:
    """A mean weighted by item importance has a rating of importance for each of its items."""
    for position, score in enumerate(source.definition.scores):
        if not isinstance(score, MeanScore) or score.importance is None:
            continue
        if items_in(source, score.battery) != items_in(source, score.importance):
            message = f'Batteries "{score.battery}" and "{score.importance}" of score "{score.id}" ask different items.'
            yield source.problem(("scores", position, "importance"), message, "Ask the same items in both.")


def kano_pairs_have_five_answers(source: Source) -> Iterator[Problem]:
    """The answers of a Kano pair are the five from "like" to "dislike", and no item is reverse-keyed."""
    for position, score in enumerate(source.definition.scores):
        if not isinstance(score, KanoScore):
            continue
        for key in ("functional", "dysfunctional"):
            battery_id = getattr(score, key)
            scale = scale_of(source, battery_id)
            if scale is None:
                continue
            turned = [item for item in items_in(source, battery_id) if getattr(find_item(source, item), "reversed", 0)]
            if len(scale.points) != KANO_POINTS or turned:
                message = f'Battery "{battery_id}" of score "{score.id}" cannot form Kano pairs.'
                fix = "Give its scale five points, from like to dislike, and reverse no item."
                yield source.problem(("scores", position, key), message, fix)


def paths_lead_forward(source: Source) -> Iterator[Problem]:
    """The paths of a path model join measured dimensions, run in no circle, and reach the target."""
    for position, score in enumerate(source.definition.scores):
        if not isinstance(score, PathScore):
            continue
        asked = items_in(source, score.battery)
        measured = [
            dimension.id
            for dimension in source.definition.dimensions
            if any(item.dimension == dimension.id and item.id in asked for item in source.definition.items)
        ]
        named = dict.fromkeys((*score.paths, *(end for ends in score.paths.values() for end in ends), score.target))
        for dimension in named:
            if dimension not in measured:
                message = f'Score "{score.id}" has a path to or from "{dimension}", which its battery does not measure.'
                yield source.problem(("scores", position, "paths"), message, one_of(measured, "under dimensions"))
        if circle := _circle(score.paths):
            message = f'The paths of score "{score.id}" run in a circle: {" → ".join(circle)}.'
            yield source.problem(("scores", position, "paths"), message, "Delete one of these paths.")
        elif score.target not in {end for ends in score.paths.values() for end in ends}:
            message = f'No path of score "{score.id}" leads to its target "{score.target}".'
            yield source.problem(("scores", position, "target"), message, "Name a dimension that others explain.")


def gap_ratings_have_one_item_a_dimension(source: Source) -> Iterator[Problem]:
    """A gap that is rated directly has one item for each dimension that it rates."""
    for position, score in enumerate(source.definition.scores):
        if not isinstance(score, GapRatingScore):
            continue
        seen: dict[str | None, str] = {}
        for item_id in items_in(source, score.battery):
            item = find_item(source, item_id)
            dimension = item.dimension if item else None
            first = seen.setdefault(dimension, item_id)
            if dimension is None or first != item_id:
                message = f'Item "{item_id}" of score "{score.id}" does not rate a dimension of its own.'
                yield source.problem(("scores", position, "battery"), message, "Give each dimension one item.")


def antecedents_say_of_which_gap(source: Source) -> Iterator[Problem]:
    """Every dimension that a score of antecedents averages says which gap it leads to."""
    for position, score in enumerate(source.definition.scores):
        if not isinstance(score, AntecedentScore):
            continue
        asked = items_in(source, score.battery)
        measured = {item.dimension for item in source.definition.items if item.id in asked}
        for dimension in source.definition.dimensions:
            if dimension.id in measured and dimension.antecedent_of is None:
                message = f'Score "{score.id}" averages dimension "{dimension.id}", which is no antecedent of a gap.'
                yield source.problem(("scores", position), message, "Add antecedent_of: with the gap, 1 to 4.")


def weights_count_in_a_checklist(source: Source) -> Iterator[Problem]:
    """An item has a weight only where a checklist counts it."""
    counted = {
        item
        for score in source.definition.scores
        if isinstance(score, ChecklistScore)
        for battery in score.batteries
        for item in items_in(source, battery)
    }
    for position, item in enumerate(source.definition.items):
        if item.weight != 1 and item.id not in counted:
            message = f'Item "{item.id}" has a weight, but no checklist counts it.'
            yield source.problem(("items", position, "weight"), message, "Delete it, or add a score of kind checklist.")


def breakdowns_form_groups(source: Source) -> Iterator[Problem]:
    """A breakdown names a score and an item that is asked; its groups are points of that item, each in one group."""
    definition = source.definition
    scores = [score.id for score in definition.scores]
    for position, breakdown in enumerate(definition.breakdowns):
        path = ("breakdowns", position)
        if breakdown.score not in scores:
            message = f'Breakdown "{breakdown.id}" reports "{breakdown.score}", which is no score.'
            yield source.problem((*path, "score"), message, one_of(scores, "under scores"))
        battery = definition.batteries.get(breakdown.battery)
        if isinstance(battery, ChoiceBattery):
            asked = [item.id for item in battery.items]
        elif isinstance(battery, RatingBattery):
            asked = items_in(source, breakdown.battery)
        else:
            known = [key for key, one in definition.batteries.items() if not isinstance(one, PointsBattery)]
            message = (
                f'Breakdown "{breakdown.id}" groups by "{breakdown.battery}", which is no rating or choice battery.'
            )
            yield source.problem((*path, "battery"), message, one_of(known, "there"))
            continue
        if breakdown.item not in asked:
            message = f'Battery "{breakdown.battery}" does not ask "{breakdown.item}".'
            yield source.problem((*path, "item"), message, one_of(asked, "there"))
        scale = scale_of(source, breakdown.battery)
        points = [point for group in breakdown.groups.values() for point in group]
        if scale is None and breakdown.groups:
            message = f'Breakdown "{breakdown.id}" forms groups of points, but its item offers options.'
            yield source.problem((*path, "groups"), message, "Delete groups: each option is a group.")
        elif scale is not None and (
            len(breakdown.groups) < 2 or len(set(points)) < len(points) or not set(points) <= set(scale.points)
        ):
            message = f'Breakdown "{breakdown.id}" does not divide the points from {scale.low} to {scale.high}.'
            yield source.problem((*path, "groups"), message, "Form at least two groups; put each point into one only.")


def net_promoter_runs_from_0_to_10(source: Source) -> Iterator[Problem]:
    """A net promoter score has its eleven points, high is good, and its item is not reverse-keyed."""
    for position, score in enumerate(source.definition.scores):
        if not isinstance(score, NetPromoterScore):
            continue
        scale = scale_of(source, score.battery)
        item = find_item(source, score.item)
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
        scale = scale_of(source, score.battery)
        if scale is not None and score.boxes >= len(scale.points):
            message = f'Score "{score.id}" counts {score.boxes} of {len(scale.points)} points.'
            yield source.problem(("scores", position, "boxes"), message, "Count fewer points than the scale has.")


def _compared(score: Score) -> tuple[tuple[str, str], ...]:
    """The batteries that a score compares, with the fields that name them."""
    if isinstance(score, GapScore):
        return (("perception", score.perception), ("expectation", score.expectation))
    if isinstance(score, ToleranceScore):
        return (("perceived", score.perceived), ("minimum", score.minimum), ("desired", score.desired))
    if isinstance(score, KanoScore):
        return (("functional", score.functional), ("dysfunctional", score.dysfunctional))
    return ()


def _circle(paths: dict[str, tuple[str, ...]]) -> list[str]:
    """One circle of a graph, its start repeated at the end; empty when there is none."""
    done: set[str] = set()

    def search(node: str, way: list[str]) -> list[str]:
        if node in way:
            return [*way[way.index(node) :], node]
        if node in done:
            return []
        for end in paths.get(node, ()):
            if found := search(end, [*way, node]):
                return found
        done.add(node)
        return []

    return next((found for start in paths if (found := search(start, []))), [])
