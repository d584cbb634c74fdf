"""Each shipped instrument against its published structure, written down from the literature and not from the files.

Numbers of items per dimension, reversed items, points, scoring, paths and skip rules. Where the literature leaves a
structure open, the instrument must leave it open too.
"""

from __future__ import annotations

import pytest

from servq.instruments import Instrument, instrument_ids, list_instruments, load_instrument
from servq.instruments.model import (
    ChecklistScore,
    ChoiceBattery,
    EffortScore,
    GapScore,
    KanoScore,
    MeanScore,
    NetPromoterScore,
    PathScore,
    PointsBattery,
    RatingBattery,
    ToleranceScore,
    TopBoxScore,
)
from servq.instruments.sources import SOURCE_FILE
from servq.locations import instruments_folder

SHIPPED = {
    "servqual", "servqual-1988", "servqual-1994", "servqual-1994-two-column", "servqual-1994-one-column",
    "servperf", "servperf-weighted", "rater", "e-s-qual", "e-recs-qual", "ecsi", "epsi", "hedperf",
    "nps", "nps-transactional", "ces", "ces-relational", "ces-1", "csat", "csat-transactional",
    "kano", "loyalty-intentions", "gaps-customers", "gaps-managers", "gaps-personnel",
    "mystery-shopping", "documentation-review",
}  # fmt: skip
GAPS = {"gaps-customers", "gaps-managers", "gaps-personnel"}

SERVQUAL = {
    "tangibles": [1, 2, 3, 4],
    "reliability": [5, 6, 7, 8, 9],
    "responsiveness": [10, 11, 12, 13],
    "assurance": [14, 15, 16, 17],
    "empathy": [18, 19, 20, 21, 22],
}
SERVQUAL_1994 = {
    "reliability": [1, 2, 3, 4, 5],
    "responsiveness": [6, 7, 8],
    "assurance": [9, 10, 11, 12],
    "empathy": [13, 14, 15, 16],
    "tangibles": [17, 18, 19, 20, 21],
}
DIMENSIONS: dict[str, dict[str, list[int]]] = {
    "servqual": SERVQUAL,
    "servqual-1988": SERVQUAL,
    "servperf": SERVQUAL,
    "servperf-weighted": SERVQUAL,
    "servqual-1994": SERVQUAL_1994,
    "servqual-1994-two-column": SERVQUAL_1994,
    "servqual-1994-one-column": SERVQUAL_1994,
    "rater": {"reliability": [1], "assurance": [2], "tangibles": [3], "empathy": [4], "responsiveness": [5]},
    "e-s-qual": {
        "efficiency": [1, 2, 3, 4, 5, 6, 7, 8],
        "system_availability": [9, 10, 11, 12],
        "fulfilment": [13, 14, 15, 16, 17, 18, 19],
        "privacy": [20, 21, 22],
    },
    "e-recs-qual": {"responsiveness": [1, 2, 3, 4, 5], "compensation": [6, 7, 8], "contact": [9, 10, 11]},
    "ecsi": {
        "image": [1, 2, 3, 4, 5],
        "expectation": [6, 7, 8],
        "quality": [9, 10, 11, 12, 13, 14, 15],
        "value": [16, 17],
        "satisfaction": [18, 19, 20],
        "complaints": [21],
        "loyalty": [22, 23, 24],
    },
    "loyalty-intentions": {
        "loyalty_word_of_mouth": [1, 2, 3],
        "loyalty_repurchase": [4, 5, 6],
        "loyalty_price": [7, 8, 9],
        "complaint_intentions": [10, 11, 12, 13],
    },
}
REVERSED = {"servqual-1988": [10, 11, 12, 13, 18, 19, 20, 21, 22], "loyalty-intentions": [6, 7]}
"""Reverse-keyed items by number; no other instrument of these has one."""

POINTS: dict[str, dict[str, tuple[int, int, str]]] = {
    "servqual": {"expectation": (1, 7, "high"), "perception": (1, 7, "high")},
    "servqual-1988": {"expectation": (1, 7, "high"), "perception": (1, 7, "high")},
    "servqual-1994": {"minimum": (1, 9, "high"), "desired": (1, 9, "high"), "perceived": (1, 9, "high")},
    "servqual-1994-two-column": {"adequacy": (1, 9, "high"), "superiority": (1, 9, "high")},
    "servqual-1994-one-column": {"superiority": (1, 9, "high"), "adequacy": (1, 9, "high")},
    "servperf": {"perception": (1, 7, "high")},
    "servperf-weighted": {"importance": (1, 7, "high"), "perception": (1, 7, "high")},
    "rater": {"rating": (1, 10, "high")},
    "e-s-qual": {"perception": (1, 5, "high")},
    "e-recs-qual": {"perception": (1, 5, "high")},
    "ecsi": {"rating": (1, 10, "high")},
    "epsi": {"rating": (1, 10, "high")},
    "hedperf": {"perception": (1, 7, "high")},
    "nps": {"rating": (0, 10, "high")},
    "nps-transactional": {"rating": (0, 10, "high")},
    "ces": {"rating": (1, 7, "high")},
    "ces-relational": {"rating": (1, 7, "high")},
    "ces-1": {"rating": (1, 5, "low")},
    "csat": {"rating": (1, 5, "high")},
    "csat-transactional": {"rating": (1, 5, "high")},
    "kano": {"functional": (1, 5, "low"), "dysfunctional": (1, 5, "low")},
    "loyalty-intentions": {
        "loyalty_intentions": (1, 7, "high"),
        "complaint_intentions": (1, 7, "low"),
        "contact_effort": (1, 7, "high"),
    },
    "mystery-shopping": {"observed": (0, 2, "high"), "rated": (1, 5, "high")},
    "documentation-review": {"rubric": (0, 3, "high")},
}
ECSI_PATHS = {
    "image": {"expectation", "satisfaction", "loyalty"},
    "expectation": {"quality", "value", "satisfaction"},
    "quality": {"value", "satisfaction"},
    "value": {"satisfaction"},
    "satisfaction": {"complaints", "loyalty"},
    "complaints": {"loyalty"},
}


def rating_batteries(instrument: Instrument) -> list[str]:
    return [key for key, battery in instrument.definition.batteries.items() if isinstance(battery, RatingBattery)]


def points_before_comments(instrument_id: str) -> dict[str, tuple[int, ...]]:
    """Points of the rating after which each follow-up comment is asked."""
    comments = load_instrument(instrument_id).definition.comments
    return {comment.id: points for comment in comments for points in [comment.asked_if[0].points]}


def test_every_instrument_of_the_field_is_shipped() -> None:
    assert set(instrument_ids()) == SHIPPED


@pytest.mark.parametrize("instrument_id", DIMENSIONS)
def test_items_measure_the_dimensions_that_the_literature_gives_them(instrument_id: str) -> None:
    instrument = load_instrument(instrument_id)
    measured = {
        dimension.id: [item.number for item in instrument.items_of(dimension.id)]
        for dimension in instrument.definition.dimensions
    }
    assert measured == DIMENSIONS[instrument_id]
    assert list(measured) == list(DIMENSIONS[instrument_id])
    assert instrument.definition.status == "verified"


@pytest.mark.parametrize("instrument_id", sorted(SHIPPED - GAPS))
def test_reverse_keys_are_the_published_ones(instrument_id: str) -> None:
    items = load_instrument(instrument_id).definition.items
    assert [item.number for item in items if item.reversed] == REVERSED.get(instrument_id, [])


@pytest.mark.parametrize("instrument_id", POINTS)
def test_batteries_have_the_published_points_and_directions(instrument_id: str) -> None:
    instrument = load_instrument(instrument_id)
    scales = {battery: instrument.scale_of(battery) for battery in rating_batteries(instrument)}
    found = {battery: (scale.low, scale.high, scale.better) for battery, scale in scales.items()}
    assert found == POINTS[instrument_id]
    assert list(found) == list(POINTS[instrument_id])


def test_facts_are_written_down_for_every_instrument_but_those_of_the_gaps_study() -> None:
    assert set(POINTS) == SHIPPED - GAPS


@pytest.mark.parametrize(("instrument_id", "n_items", "n_dimensions"), [("hedperf", 41, 6), ("epsi", 21, 7)])
def test_structure_that_no_source_gives_is_left_open(instrument_id: str, n_items: int, n_dimensions: int) -> None:
    definition = load_instrument(instrument_id).definition
    assert definition.status == "structure-unverified"
    assert (len(definition.items), len(definition.dimensions)) == (n_items, n_dimensions)
    assert {item.dimension for item in definition.items} == {None}
    note = (instruments_folder() / instrument_id / SOURCE_FILE).read_text(encoding="utf-8")
    assert "## Status: structure unverified" in note


def test_no_other_structure_is_left_open() -> None:
    open_ = {each.id for each in list_instruments() if each.definition.status == "structure-unverified"}
    assert open_ - GAPS == {"hedperf", "epsi"}


def test_hedperf_and_epsi_name_the_published_dimensions() -> None:
    hedperf, epsi = load_instrument("hedperf").definition, load_instrument("epsi").definition
    assert [each.id for each in hedperf.dimensions] == [
        "non_academic", "academic", "reputation", "access", "programme_issues", "understanding",
    ]  # fmt: skip
    assert [each.id for each in epsi.dimensions] == [
        "image", "expectations", "product_quality", "service_quality", "value", "satisfaction", "loyalty",
    ]  # fmt: skip


def test_servqual_keeps_its_old_columns_and_adds_three_distinct_choices_beside_the_points() -> None:
    servqual = load_instrument("servqual")
    ranking = servqual.definition.batteries["ranking"]
    assert isinstance(ranking, ChoiceBattery)
    assert ranking.distinct
    assert ranking.optional
    assert [item.id for item in ranking.items] == ["most_important", "second_important", "least_important"]
    assert servqual.options_of("most_important") == tuple(DIMENSIONS["servqual"])
    assert servqual.definition.pages == (("importance", "ranking"),)
    assert {column.battery for column in servqual.columns[49:]} == {"ranking"}
    assert len(servqual.columns) == 2 * 22 + 5 + 3
    points = servqual.definition.batteries["importance"]
    assert isinstance(points, PointsBattery)
    assert points.total == 100


def test_servqual_1994_puts_minimum_desired_and_perceived_side_by_side() -> None:
    definition = load_instrument("servqual-1994").definition
    assert definition.pages == (("minimum", "desired", "perceived"),)
    (score,) = definition.scores
    assert isinstance(score, ToleranceScore)
    assert (score.minimum, score.desired, score.perceived) == ("minimum", "desired", "perceived")


@pytest.mark.parametrize(("columns", "pages"), [("two", (("adequacy", "superiority"),)), ("one", ())])
def test_shorter_forms_of_1994_rate_adequacy_and_superiority_directly(
    columns: str, pages: tuple[tuple[str, ...], ...]
) -> None:
    definition = load_instrument(f"servqual-1994-{columns}-column").definition
    assert definition.pages == pages
    assert all(isinstance(score, MeanScore) for score in definition.scores)
    assert {score.id for score in definition.scores} == {"adequacy", "superiority"}


def test_the_three_forms_of_1994_have_the_same_items_in_the_same_words() -> None:
    forms = [load_instrument(f"servqual-1994{form}") for form in ("", "-two-column", "-one-column")]
    for locale in ("en", "de"):
        assert forms[0].texts[locale].items == forms[1].texts[locale].items == forms[2].texts[locale].items


def test_gaps_compare_perception_with_expectation_and_servperf_has_no_expectation() -> None:
    for instrument_id in ("servqual", "servqual-1988"):
        score = load_instrument(instrument_id).definition.scores[0]
        assert isinstance(score, GapScore)
        assert (score.perception, score.expectation, score.weights) == ("perception", "expectation", "importance")
    plain, weighted = (load_instrument(each).definition.scores[0] for each in ("servperf", "servperf-weighted"))
    assert isinstance(plain, MeanScore)
    assert isinstance(weighted, MeanScore)
    assert (plain.weights, plain.importance) == (None, None)
    assert (weighted.weights, weighted.importance) == (None, "importance")


def test_ecsi_has_the_published_paths_to_satisfaction_and_beyond() -> None:
    (score,) = load_instrument("ecsi").definition.scores
    assert isinstance(score, PathScore)
    assert {start: set(ends) for start, ends in score.paths.items()} == ECSI_PATHS
    assert score.target == "satisfaction"


def test_e_recs_qual_is_asked_only_of_those_who_had_a_problem() -> None:
    definition = load_instrument("e-recs-qual").definition
    assert list(definition.batteries) == ["screening", "perception"]
    (condition,) = definition.batteries["perception"].asked_if
    assert (condition.battery, condition.item, condition.options) == ("screening", "had_problem", ("yes",))
    assert not definition.batteries["screening"].optional


@pytest.mark.parametrize("instrument_id", ["nps", "nps-transactional"])
def test_promoters_passives_and_detractors_are_asked_different_reasons(instrument_id: str) -> None:
    assert points_before_comments(instrument_id) == {
        "reason_promoter": (9, 10),
        "reason_passive": (7, 8),
        "reason_detractor": (0, 1, 2, 3, 4, 5, 6),
    }
    (score,) = load_instrument(instrument_id).definition.scores
    assert isinstance(score, NetPromoterScore)


@pytest.mark.parametrize(
    ("instrument_id", "good", "boxes"),
    [
        ("ces", (5, 6, 7), 3),
        ("ces-relational", (5, 6, 7), 3),
        ("ces-1", (1, 2), 2),
        ("csat", (4, 5), 2),
        ("csat-transactional", (4, 5), 2),
    ],
)
def test_reasons_of_effort_and_satisfaction_divide_the_points_as_the_score_does(
    instrument_id: str, good: tuple[int, ...], boxes: int
) -> None:
    instrument = load_instrument(instrument_id)
    first, second = points_before_comments(instrument_id).values()
    assert first == good
    assert sorted(first + second) == list(instrument.scale_of("rating").points)
    (score,) = instrument.definition.scores
    assert isinstance(score, EffortScore if instrument_id.startswith("ces") else TopBoxScore)
    assert score.boxes == boxes


@pytest.mark.parametrize(
    ("relational", "transactional"),
    [("nps", "nps-transactional"), ("csat", "csat-transactional"), ("ces-relational", "ces")],
)
def test_relational_and_transactional_measures_have_data_columns_of_their_own(
    relational: str, transactional: str
) -> None:
    pair = load_instrument(relational), load_instrument(transactional)
    (one,), (other,) = ([each.column_name(column) for column in each.columns] for each in pair)
    assert one != other
    assert pair[0].scale_of("rating") == pair[1].scale_of("rating")


def test_kano_asks_ten_pairs_on_one_page_with_answers_from_like_to_dislike() -> None:
    kano = load_instrument("kano")
    (score,) = kano.definition.scores
    assert isinstance(score, KanoScore)
    assert (score.functional, score.dysfunctional) == ("functional", "dysfunctional")
    assert kano.definition.pages == (("functional", "dysfunctional"),)
    assert len(kano.definition.items) == 10
    anchors = kano.texts["en"].scales["feeling"].anchors
    assert ["like" in anchors[1], "expect" in anchors[2], "dislike" in anchors[5]] == [True, True, True]


def test_loyalty_is_reported_by_effort_and_by_first_contact_resolution() -> None:
    loyalty = load_instrument("loyalty-intentions")
    effort, resolution = loyalty.definition.breakdowns
    assert (effort.score, effort.item) == ("loyalty", "contact_ease")
    assert dict(effort.groups) == {"hard": (1, 2, 3), "middle": (4,), "easy": (5, 6, 7)}
    assert (resolution.score, resolution.item) == ("loyalty", "first_contact_resolution")
    assert loyalty.options_of("first_contact_resolution") == ("at_once", "needed_more", "not_resolved")
    for battery in ("contact_resolution", "contact_effort"):
        (condition,) = loyalty.definition.batteries[battery].asked_if
        assert (condition.item, condition.options) == ("had_contact", ("yes",))


def test_loyalty_intentions_can_stand_beside_any_other_instrument() -> None:
    loyalty = load_instrument("loyalty-intentions")
    assert all(battery.optional for battery in loyalty.definition.batteries.values())
    own = names_of(loyalty)
    for other in list_instruments():
        if other.id != loyalty.id:
            assert own.isdisjoint(names_of(other)), other.id


def names_of(instrument: Instrument) -> set[tuple[str, str]]:
    """Every id with the kind of part that it names, and the data columns."""
    definition = instrument.definition
    lists = ("items", "scores", "dimensions", "breakdowns", "comments")
    names = {(kind, part.id) for kind in lists for part in getattr(definition, kind)}
    names |= {("items", column.item) for column in instrument.columns}
    names |= {(kind, key) for kind in ("batteries", "scales") for key in getattr(definition, kind)}
    return names | {("columns", instrument.column_name(column)) for column in instrument.columns}


def test_mystery_shopping_follows_the_visit_and_asks_for_evidence_and_times() -> None:
    visit = load_instrument("mystery-shopping").definition
    assert visit.audiences == ("assessor",)
    assert [stage.id for stage in visit.dimensions] == [
        "arrival", "premises", "welcome", "waiting", "advice", "handling", "farewell",
    ]  # fmt: skip
    assert [item.dimension for item in visit.items] == sorted(
        (str(item.dimension) for item in visit.items), key=[stage.id for stage in visit.dimensions].index
    )
    assert any(item.evidence is not None and item.evidence.required for item in visit.items)
    assert {item.weight for item in visit.items} == {1, 2, 3}
    assert all(scale.not_applicable for scale in visit.scales.values())
    assert {comment.form for comment in visit.comments} == {"date", "time", "number", "text"}
    (score,) = visit.scores
    assert isinstance(score, ChecklistScore)
    assert score.batteries == ("observed", "rated")


def test_documentation_review_is_a_weighted_rubric_of_assessors_with_a_note_to_the_team() -> None:
    review = load_instrument("documentation-review").definition
    assert review.audiences == ("assessor",)
    assert {"done_well", "do_differently"} <= {comment.id for comment in review.comments if comment.required}
    (score,) = review.scores
    assert isinstance(score, ChecklistScore)
