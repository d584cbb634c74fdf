"""A wording overlay replaces texts, leaves the structure alone, and says what it names in vain."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from servq.errors import InstrumentInvalid
from servq.instruments import Column, apply_wording, check_wording, load_instrument, revision_of

OVERLAY = """\
instrument: servqual
locale: en
rights: Used with permission of the publisher, letter of 3 May.
title: Hotel survey
scales:
  expected: {anchors: {1: "No!"}}
  experienced: {not_applicable: No idea}
batteries:
  perception: {title: Your stay}
dimensions:
  empathy: {name: Care}
items:
  tan_1:
    perception: "{organisation} owns new things, {guest}."
  tan_2:
    "*": Rooms look nice.
comments:
  remark: What else?
placeholders:
  guest: dear guest
validated: true
"""


@pytest.fixture
def overlay(tmp_path: Path) -> Path:
    path = tmp_path / "hotel.yaml"
    path.write_text(OVERLAY, encoding="utf-8")
    return path


def test_named_texts_are_replaced_and_all_others_stay(overlay: Path) -> None:
    before, after = load_instrument("servqual"), load_instrument("servqual", wording=overlay)
    texts = after.texts["en"]
    assert after.wording(Column("perception", "tan_1"), "en") == "The company owns new things, dear guest."
    assert texts.items["tan_1"]["expectation"] == before.texts["en"].items["tan_1"]["expectation"]
    assert after.wording(Column("expectation", "tan_2"), "en") == "Rooms look nice."
    assert after.wording(Column("perception", "tan_2"), "en") == "Rooms look nice."
    assert texts.scales["expected"].anchors == {1: "No!", 7: "Strongly agree"}
    assert texts.scales["experienced"].not_applicable == "No idea"
    assert (texts.title, texts.introduction) == ("Hotel survey", before.texts["en"].introduction)
    assert (texts.batteries["perception"].title, texts.batteries["perception"].short) == ("Your stay", "Perception")
    assert (texts.dimensions["empathy"].name, texts.comments["remark"]) == ("Care", "What else?")
    assert texts.validated is True
    assert after.texts["de"] == before.texts["de"]


def test_structure_stays_and_rights_and_revision_change(overlay: Path) -> None:
    before = load_instrument("servqual")
    after = apply_wording(before, overlay)
    assert after.columns == before.columns
    assert msgspec.structs.replace(after.definition, rights=before.definition.rights) == before.definition
    assert after.definition.rights.wording == "licensed"
    assert after.definition.rights.note == "Used with permission of the publisher, letter of 3 May."
    assert revision_of(after) != revision_of(before)
    assert check_wording(overlay) == []


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        ("  tan_1:", "  tan_99:", 13, 'has no "tan_99" among its items'),
        ("    perception: ", "    perceived: ", 14, 'not asked in a battery "perceived"'),
        ("  perception: {title", "  perceived: {title", 9, 'has no "perceived" among its batteries'),
        ("  empathy:", "  care:", 11, 'has no "care" among its dimensions'),
        ("  expected: {anchors: {1:", "  expected: {anchors: {9:", 6, 'Point 9 is not on scale "expected"'),
        ("  expected:", "  wanted:", 6, 'has no "wanted" among its scales'),
        ("{guest}", "{gast}", 14, "{gast} has no default. Did you mean {guest}?"),
        ("{guest}", "{guest", 14, "faulty placeholder"),
        ("  remark:", "  remarks:", 18, 'has no "remarks" among its comments'),
        ("locale: en", "locale: pt", 2, 'has no texts in "pt". Use one of en, de'),
        ("instrument: servqual", "instrument: nps", 1, 'is for "nps", not for "servqual"'),
        ("rights:", "right:", 1, 'lacks "rights"'),
        ("title: Hotel", "titel: Hotel", 4, 'Did you mean "title"?'),
        ("title: Hotel", "title: {Hotel", 5, "not valid YAML"),
    ],
)
def test_what_does_not_fit_is_a_problem_with_its_line(overlay: Path, old: str, new: str, line: int, says: str) -> None:
    overlay.write_text(OVERLAY.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(InstrumentInvalid) as caught:
        apply_wording(load_instrument("servqual"), overlay)
    hits = [problem for problem in caught.value.problems if says in str(problem)]
    assert [(problem.file, problem.line) for problem in hits] == [(str(overlay), line)]


def test_all_problems_of_an_overlay_are_reported_at_once(overlay: Path) -> None:
    overlay.write_text(OVERLAY.replace("tan_1:", "tan_99:").replace("empathy:", "care:"), encoding="utf-8")
    assert [problem.line for problem in check_wording(overlay)] == [11, 13]


def test_overlay_for_an_unknown_instrument_is_a_problem(overlay: Path) -> None:
    overlay.write_text(OVERLAY.replace("instrument: servqual", "instrument: servqal"), encoding="utf-8")
    (problem,) = check_wording(overlay)
    assert "Did you mean servqual" in str(problem)
    assert problem.line == 1


def test_missing_overlay_is_a_problem(tmp_path: Path) -> None:
    with pytest.raises(InstrumentInvalid, match="no such file"):
        load_instrument("servqual", wording=tmp_path / "gone.yaml")
