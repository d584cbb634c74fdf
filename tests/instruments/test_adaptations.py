"""An adaptation file makes an instrument of its own from a shipped one, or says at which line it cannot."""

from __future__ import annotations

from pathlib import Path

import pytest

from servq.errors import InstrumentInvalid, InstrumentUnknown
from servq.instruments import check_path, freeze, load_instrument, thaw
from servq.instruments.model import ChoiceBattery, PointsBattery

HOTEL = """\
adapts: servqual
id: servqual-hotel
version: "1.0"
title: SERVQUAL for hotels
note: Two items were left out and one was added for hotels.
locales: [en]
drop:
  items: [tan_4, emp_19]
batteries:
  about_you:
    kind: choice
    columns: "{item}"
    items:
      - {id: purpose, options: [business, leisure]}
items:
  - {id: tan_23, number: 23, dimension: tangibles, batteries: [expectation, perception]}
comments:
  - {id: breakfast, asked_if: [{battery: about_you, item: purpose, options: [leisure]}]}
texts:
  en:
    consent: I agree that my answers are used to improve the service.
    batteries:
      about_you: {title: About you, instruction: Please tell us about your stay., short: About you}
    items:
      tan_1: {perception: The furniture of my room was modern.}
      tan_23: {expectation: Rooms of excellent hotels are quiet., perception: My room was quiet.}
    choices:
      purpose: {wording: Why did you travel?, options: {business: On business, leisure: For pleasure}}
    comments: {breakfast: How was breakfast?}
    placeholders: {organisation: the hotel}
"""


@pytest.fixture
def hotel(tmp_path: Path) -> Path:
    path = tmp_path / "hotel.yaml"
    path.write_text(HOTEL, encoding="utf-8")
    return path


def test_parts_are_dropped_added_and_reworded_and_everything_else_stays(hotel: Path) -> None:
    base, adapted = load_instrument("servqual"), load_instrument(hotel)
    kept = [item.id for item in base.definition.items if item.id not in {"tan_4", "emp_19"}]
    assert [item.id for item in adapted.definition.items] == [*kept, "tan_23"]
    assert [item.id for item in adapted.items_of("tangibles")] == ["tan_1", "tan_2", "tan_3", "tan_23"]
    assert isinstance(adapted.definition.batteries["about_you"], ChoiceBattery)
    texts, own = adapted.texts["en"], base.texts["en"]
    assert texts.items["tan_1"]["perception"] == "The furniture of my room was modern."
    assert texts.items["tan_1"]["expectation"] == own.items["tan_1"]["expectation"]
    assert texts.items["rel_5"] == own.items["rel_5"]
    assert texts.consent.startswith("I agree")
    assert "tan_4" not in texts.items
    assert adapted.definition.locales == ("en",)
    assert adapted.definition.scores == base.definition.scores


def test_adaptation_says_of_itself_what_it_changes_and_survives_freezing(hotel: Path) -> None:
    adapted = load_instrument(hotel)
    record = adapted.definition.adaptation
    assert record is not None
    assert (record.of, record.of_version) == ("servqual", load_instrument("servqual").definition.version)
    assert record.dropped == ("tan_4", "emp_19")
    assert record.added == ("about_you", "tan_23", "breakfast")
    assert record.reworded == ("en",)
    assert "left out" in adapted.definition.rights.note
    assert thaw(freeze(adapted)) == adapted


def test_what_needs_a_dropped_battery_goes_with_it(hotel: Path) -> None:
    text = hotel.read_text(encoding="utf-8").replace("emp_19]", "emp_19]\n  batteries: [importance, expectation]")
    hotel.write_text(text, encoding="utf-8")
    hotel.write_text(
        text.replace("batteries: [expectation, perception]", "batteries: [perception]").replace(
            "expectation: Rooms of excellent hotels are quiet., ", ""
        ),
        encoding="utf-8",
    )
    definition = load_instrument(hotel).definition
    assert not any(isinstance(battery, PointsBattery) for battery in definition.batteries.values())
    assert [score.id for score in definition.scores] == ["perception"]
    assert set(definition.scales) == {"experienced"}


def test_instruments_stand_beside_each_other_with_all_their_scores(tmp_path: Path) -> None:
    path = tmp_path / "both.yaml"
    path.write_text(
        "adapts: servperf\nid: servperf-nps\nversion: '1.0'\ntitle: Both\nnote: Both are asked.\nbeside: [nps]\n",
        encoding="utf-8",
    )
    servperf, nps, both = load_instrument("servperf"), load_instrument("nps"), load_instrument(path)
    assert set(both.columns) == set(servperf.columns) | set(nps.columns)
    assert [score.id for score in both.definition.scores] == [
        score.id for score in (*servperf.definition.scores, *nps.definition.scores)
    ]
    numbers = [item.number for item in both.definition.items]
    assert numbers == sorted(set(numbers))
    assert both.definition.adaptation is not None
    assert both.definition.adaptation.beside == ("nps",)


def test_a_score_that_is_dropped_leaves_the_headline_to_the_one_that_is_added(tmp_path: Path) -> None:
    path = tmp_path / "epsi.yaml"
    numbers = {"satisfaction": (16, 17, 18), "loyalty": (19, 20, 21)}
    assigned = ", ".join(f"epsi_{number}: {key}" for key, items in numbers.items() for number in items)
    path.write_text(
        "adapts: epsi\nid: epsi-short\nversion: '1.0'\ntitle: Short\nnote: A part.\nlocales: [en]\n"
        f"drop: {{scores: [performance], items: [{', '.join(f'epsi_{i}' for i in range(1, 16))}]}}\n"
        f"assign: {{{assigned}}}\nscores:\n  - {{kind: path_model, id: index, battery: rating, "
        "target: loyalty, paths: {satisfaction: [loyalty]}}\n",
        encoding="utf-8",
    )
    definition = load_instrument(path).definition
    assert [score.id for score in definition.scores] == ["index"]
    assert definition.adaptation is not None
    assert "performance" in definition.adaptation.dropped


PROBLEMS = {
    "unknown item": ("tan_4, emp_19", "tan_4, emp_99", "items:", '"emp_99" among its items'),
    "unknown dimension": ("dimension: tangibles", "dimension: tangible", "tan_23, number", "not declared"),
    "number used": ("number: 23", "number: 22", "tan_23, number", "number 22 after number 22"),
    "language missing": ("locales: [en]", "locales: [en, xx]", "locales", 'no texts in "xx"'),
    "text missing": ("tan_23: {exp", "tan_24: {exp", "items:", '"tan_23" has no text'),
    "half a heading": (", short: About you}", "}", "about_you: {title", 'lack "short"'),
    "id of the base": ("id: servqual-hotel", "id: servqual", "id: servqual", "id of its own"),
    "unknown key": ("drop:", "dropp:", "dropp:", 'Did you mean "drop"?'),
    "condition on nothing": ("item: purpose, options", "item: porpoise, options", "breakfast", "does not ask"),
    "text of nothing": ("      tan_1: {perception", "      tan_0: {perception", "tan_0", 'no "tan_0" among the items'),
    "stray brace": ("How was breakfast?", "'How { was it?'", "breakfast: ", "faulty placeholder"),
    "language not kept": ("locales: [en]", "locales: [de]", "  en:", "would not be shown"),
    "named twice": ("locales: [en]", "locales: [en]\nbeside: [nps, nps]", "beside: ", '"nps" is asked already'),
    "itself beside": ("locales: [en]", "locales: [en]\nbeside: [servqual]", "beside: ", '"servqual" is asked already'),
    "placeholder": ("How was breakfast?", "'How was {meal}?'", "breakfast: ", "{meal} has no default"),
}


@pytest.mark.parametrize("case", PROBLEMS)
def test_what_does_not_fit_is_a_problem_of_the_file_at_its_line(case: str, hotel: Path) -> None:
    old, new, line_with, says = PROBLEMS[case]
    text = hotel.read_text(encoding="utf-8")
    assert text.count(old) == 1
    hotel.write_text(text.replace(old, new), encoding="utf-8")
    problems = check_path(hotel)
    hits = [problem for problem in problems if says in str(problem)]
    assert hits, problems
    lines = hotel.read_text(encoding="utf-8").splitlines()
    assert all(problem.file == str(hotel) for problem in problems)
    assert any(problem.line and line_with in lines[problem.line - 1] for problem in hits), hits
    with pytest.raises(InstrumentInvalid):
        load_instrument(hotel)


def test_dropping_every_score_is_refused(hotel: Path) -> None:
    text = hotel.read_text(encoding="utf-8").replace("emp_19]", "emp_19]\n  batteries: [expectation, perception]")
    hotel.write_text(text, encoding="utf-8")
    assert any("Nothing is left" in problem.message for problem in check_path(hotel))


def test_instrument_with_the_same_ids_cannot_stand_beside(hotel: Path) -> None:
    hotel.write_text(hotel.read_text(encoding="utf-8") + "beside: [servperf]\n", encoding="utf-8")
    told = [problem.message for problem in check_path(hotel) if "cannot stand beside" in problem.message]
    assert [message.rpartition(" ")[2] for message in told] == ["scales.", "batteries.", "dimensions.", "items."]
    assert "tan_1, tan_2" in told[-1]


def test_adaptation_of_an_unknown_instrument_is_a_problem(hotel: Path) -> None:
    hotel.write_text(hotel.read_text(encoding="utf-8").replace("adapts: servqual", "adapts: servqal"), encoding="utf-8")
    (problem,) = check_path(hotel)
    assert "servqual" in problem.message
    with pytest.raises(InstrumentUnknown):
        load_instrument(hotel)


def test_added_items_go_on_from_the_adapted_instrument_whatever_stands_beside(hotel: Path) -> None:
    alone = load_instrument(hotel)
    hotel.write_text(hotel.read_text(encoding="utf-8") + "beside: [loyalty-intentions]\n", encoding="utf-8")
    beside = load_instrument(hotel)
    added = {item.id: item.number for item in beside.definition.items}
    assert added["tan_23"] == 23
    assert added["loy_1"] == 24
    assert set(alone.columns) <= set(beside.columns)


def test_language_that_an_instrument_beside_lacks_is_a_problem(hotel: Path) -> None:
    text = hotel.read_text(encoding="utf-8").replace("locales: [en]", "beside: [loyalty-intentions]")
    hotel.write_text(text, encoding="utf-8")
    problems = check_path(hotel)
    assert any(problem.message == '"loyalty-intentions" has no texts in "es".' for problem in problems)
    assert all(problem.fix == "Write locales: [en, de], or some of these." for problem in problems)


def test_dropped_dimension_is_neither_weighed_nor_chosen_any_more(hotel: Path) -> None:
    text = hotel.read_text(encoding="utf-8").replace("[tan_4, emp_19]", "[res_10, res_11, res_12, res_13]")
    hotel.write_text(text, encoding="utf-8")
    adapted = load_instrument(hotel)
    left = ("tangibles", "reliability", "assurance", "empathy")
    assert tuple(dimension.id for dimension in adapted.definition.dimensions) == left
    assert adapted.asked_in("importance") == left
    assert adapted.options_of("least_important") == left


def test_an_open_structure_is_assigned_as_a_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "hedperf.yaml"
    items = [item.id for item in load_instrument("hedperf").definition.items]
    head = "adapts: hedperf\nid: own-hedperf\nversion: '1.0'\ntitle: Own\nnote: Own map.\n"
    path.write_text(f"{head}assign: {{{items[0]}: academic}}\n", encoding="utf-8")
    (problem,) = check_path(path)
    assert problem.message.startswith(f"{len(items) - 1} items have no dimension yet")
    assert problem.line == 6
    path.write_text(f"{head}assign: {{{', '.join(f'{item}: academic' for item in items)}}}\n", encoding="utf-8")
    assert not [problem for problem in check_path(path) if "no dimension yet" in problem.message]
