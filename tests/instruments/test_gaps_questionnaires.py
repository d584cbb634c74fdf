"""The three questionnaires of the gaps study have the published structure: constructs, counts, reversed places."""

from __future__ import annotations

import pytest

from servq.instruments import Instrument, load_instrument
from servq.instruments.model import AntecedentScore, GapRatingScore, GapScore, ManagersViewScore, PointsBattery

FIVE = ("tangibles", "reliability", "responsiveness", "assurance", "empathy")
MANAGERS = {
    "marketing_research_orientation": (1, 4), "upward_communication": (1, 4), "levels_of_management": (1, 1),
    "management_commitment": (2, 4), "goal_setting": (2, 2), "task_standardisation": (2, 2),
    "perception_of_feasibility": (2, 3),
}  # fmt: skip
PERSONNEL = {
    "teamwork": (3, 5), "employee_job_fit": (3, 2), "technology_job_fit": (3, 1), "perceived_control": (3, 4),
    "supervisory_control": (3, 3), "role_conflict": (3, 4), "role_ambiguity": (3, 5),
    "horizontal_communication": (4, 4), "propensity_to_overpromise": (4, 2),
}  # fmt: skip
REVERSED = {
    "gaps-managers": {2, 4, 6, 8, 9, 10, 19},
    "gaps-personnel": {9, 11, 12, 14, 16, 17, 21, 23, 24, 26, 29, 30},
}


def conditions(instrument: Instrument) -> list[str]:
    return list(instrument.asked_in("conditions"))


@pytest.mark.parametrize(("instrument_id", "published"), [("gaps-managers", MANAGERS), ("gaps-personnel", PERSONNEL)])
def test_the_antecedents_have_their_published_counts_gaps_and_reversed_places(
    instrument_id: str, published: dict[str, tuple[int, int]]
) -> None:
    instrument = load_instrument(instrument_id)
    found = {
        dimension.id: (dimension.antecedent_of, len(instrument.items_of(dimension.id)))
        for dimension in instrument.definition.dimensions
        if dimension.antecedent_of is not None
    }
    assert found == published
    items = [instrument.item(item) for item in conditions(instrument)]
    assert {place for place, item in enumerate(items, start=1) if item.reversed} == REVERSED[instrument_id]
    assert isinstance(instrument.definition.scores[-1], AntecedentScore)


def test_managers_answer_the_customers_22_statements_with_the_customers_wording() -> None:
    customers, managers = load_instrument("gaps-customers"), load_instrument("gaps-managers")
    assert managers.asked_in("belief") == customers.asked_in("expectation") == customers.asked_in("perception")
    for locale, texts in managers.texts.items():
        for item in managers.asked_in("belief"):
            assert texts.items[item]["belief"] == customers.texts[locale].items[item]["expectation"]
    assert isinstance(managers.definition.scores[0], ManagersViewScore)
    assert isinstance(customers.definition.scores[0], GapScore)


def test_customers_answer_servqual_in_its_form_of_1991() -> None:
    customers, servqual = load_instrument("gaps-customers"), load_instrument("servqual")
    assert customers.definition.items == servqual.definition.items
    assert customers.columns == servqual.columns
    assert [customers.column_name(column) for column in customers.columns] == [
        servqual.column_name(column) for column in servqual.columns
    ]


def test_points_go_to_the_five_dimensions_of_the_customers_only() -> None:
    managers = load_instrument("gaps-managers")
    battery = managers.definition.batteries["importance"]
    assert isinstance(battery, PointsBattery)
    assert (battery.total, battery.dimensions) == (100, FIVE)
    assert managers.asked_in("importance") == FIVE


@pytest.mark.parametrize(
    ("instrument_id", "battery", "gap"),
    [("gaps-managers", "standards", 2), ("gaps-personnel", "delivery", 3), ("gaps-personnel", "communication", 4)],
)
def test_gaps_2_to_4_are_one_rating_a_dimension_on_seven_points(instrument_id: str, battery: str, gap: int) -> None:
    instrument = load_instrument(instrument_id)
    items = [instrument.item(item) for item in instrument.asked_in(battery)]
    assert tuple(item.dimension for item in items) == FIVE
    assert (instrument.scale_of(battery).low, instrument.scale_of(battery).high) == (1, 7)
    (score,) = [s for s in instrument.definition.scores if isinstance(s, GapRatingScore) and s.battery == battery]
    assert score.gap == gap
    names = [instrument.column_name(column) for column in instrument.columns if column.battery == battery]
    assert names == [f"gap{gap}_{dimension}" for dimension in FIVE]


def test_who_answers_is_declared() -> None:
    audiences = {key: load_instrument(key).definition.audiences for key in ("gaps-customers", *REVERSED)}
    assert audiences == {
        "gaps-customers": ("customer",),
        "gaps-managers": ("manager",),
        "gaps-personnel": ("contact_personnel",),
    }
