"""Exports of other tools are recognised, matched with the instrument, recoded, and read with every problem listed."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from answerfiles.foreign_files import EXPECTED, PERCEIVED, SERVQUAL, limesurvey, limesurvey_in_full, qualtrics
from servq.answerfiles.foreign import ForeignTable, keep_table, read_kept, recognise
from servq.answerfiles.matching import answer_target, guess_columns
from servq.answerfiles.reading import load_table
from servq.answerfiles.recoding import propose
from servq.answerfiles.staging import ImportPlan, Staged, find_plan_problems, read_moment, stage
from servq.scoring import Missing

NOW = datetime(2026, 11, 1, tzinfo=UTC)
N_ANSWERS = len(EXPECTED) + len(PERCEIVED)


def recognised(content: bytes, folder: Path, name: str = "export.csv") -> ForeignTable:
    path = folder / name
    path.write_bytes(content)
    kept = folder / "kept.parquet"
    keep_table(recognise(load_table(path)), kept)
    return read_kept(kept)


def planned(foreign: ForeignTable, **meanings: dict[str, int]) -> ImportPlan:
    targets = {name: guess.target for name, guess in guess_columns(foreign, SERVQUAL).items()}
    offsets, cells = {}, {}
    for battery in ("expectation", "perception"):
        columns = [name for name, target in targets.items() if target in of_battery(battery)]
        proposed = propose(SERVQUAL, battery, [cell or "" for name in columns for cell in foreign.table.frame[name]])
        offsets[battery] = proposed.offset
        known = {cell: code for cell, code in proposed.cells.items() if code is not None}
        cells[battery] = known | meanings.get(battery, {})
    return ImportPlan(targets=targets, offsets=offsets, meanings=cells, collected_at=NOW)


def of_battery(battery: str) -> set[str]:
    return {answer_target(SERVQUAL, column) for column in SERVQUAL.columns if column.battery == battery}


def staged(content: bytes, folder: Path, **meanings: dict[str, int]) -> Staged:
    foreign = recognised(content, folder)
    return stage(foreign, SERVQUAL, planned(foreign, **meanings))


def test_limesurvey_codes_are_matched_by_their_order_and_codes_from_nought_are_shifted(tmp_path: Path) -> None:
    foreign = recognised(limesurvey([("0", "6"), ("6", "0"), ("3", "N/A")]), tmp_path)
    assert foreign.tool == "limesurvey"
    guesses = guess_columns(foreign, SERVQUAL)
    assert (guesses["Q02[SQ022]"].target, guesses["Q02[SQ022]"].how) == ("answer p22", "order")
    assert guesses["submitdate"].target == "time submitted"
    assert guesses["seed"].target == guesses["Filiale"].target == ""
    result = stage(foreign, SERVQUAL, planned(foreign))
    assert result.problems == ()
    assert result.codes[:, 0].tolist() == [1, 7, 4]
    assert result.codes[2, 22:44].tolist() == [Missing.NOT_APPLICABLE] * 22
    assert result.submitted_at[1] == datetime(2026, 10, 2, 12, 30, tzinfo=UTC)
    assert list(result.locales) == ["de"] * 3
    assert result.rows.tolist() == [2, 3, 4]


def test_limesurvey_wordings_and_labels_are_understood(tmp_path: Path) -> None:
    foreign = recognised(limesurvey_in_full("Strongly agree"), tmp_path)
    assert foreign.tool == "limesurvey"
    guesses = guess_columns(foreign, SERVQUAL)
    assert sum(guess.how == "wording" for guess in guesses.values()) == N_ANSWERS
    assert stage(foreign, SERVQUAL, planned(foreign)).codes[0, :44].tolist() == [7] * 44


def test_qualtrics_headings_are_cleared_away_and_previews_left_out(tmp_path: Path) -> None:
    content = qualtrics([("Survey Preview", "7"), ("IP Address", "Strongly disagree"), ("IP Address", "5 - rather")])
    foreign = recognised(content, tmp_path)
    assert (foreign.tool, foreign.n_previews) == ("qualtrics", 1)
    result = stage(foreign, SERVQUAL, planned(foreign))
    assert result.codes[:, :44].tolist() == [[1] * 44, [5] * 44]
    assert list(result.seconds) == [300, 300]
    assert result.rows.tolist() == [5, 6]
    assert result.n_empty == 1


def test_every_problem_has_its_row_and_column_and_marks_its_row(tmp_path: Path) -> None:
    result = staged(limesurvey([("5", "5"), ("perhaps", "5"), ("5", "12")]), tmp_path)
    assert result.n_problems == 44
    assert result.is_wrong.tolist() == [False, True, True]
    first = result.problems[0]
    assert (first.row, first.column) == (3, "Q01[SQ001]")
    assert "perhaps" in first.message
    unreadable = staged(limesurvey([("5", "5"), ("perhaps", "perhaps")]), tmp_path)
    assert (unreadable.is_wrong.tolist(), unreadable.n_empty) == ([False, True], 0)
    mended = staged(limesurvey([("5", "5"), ("perhaps", "5")]), tmp_path, expectation={"perhaps": 4})
    assert mended.n_problems == 0
    assert mended.codes[1, 0] == 4


def test_a_column_that_is_claimed_twice_and_a_file_without_answers_are_refused(tmp_path: Path) -> None:
    foreign = recognised(limesurvey([("5", "5")]), tmp_path)
    plan = planned(foreign)
    twice = ImportPlan(targets={**plan.targets, "Filiale": "answer p22"}, collected_at=NOW)
    assert any("Filiale" in problem.message for problem in find_plan_problems(twice, SERVQUAL))
    nothing = ImportPlan(targets={"Filiale": "known site"}, collected_at=NOW)
    assert [str(problem.message) for problem in find_plan_problems(nothing, SERVQUAL)] == ["No column holds an answer."]


@pytest.mark.parametrize(
    ("cells", "offset"),
    [
        (["1", "7", "4"], 0),
        (["0", "3", "6"], 1),
        (["0", "3"], 1),
        (["2", "8", "5"], -1),
        (["4", "5", "9"], 0),
        (["0", "7"], 0),
        (["-3", "0", "3"], 4),
    ],
)
def test_a_shift_is_proposed_only_where_the_numbers_cover_the_scale_or_begin_one_below(
    cells: list[str], offset: int
) -> None:
    assert propose(SERVQUAL, "expectation", cells).offset == offset


@pytest.mark.parametrize("cell", ["n/a", "N/A", "Not applicable", "does not apply", "keine Angabe"])
def test_not_applicable_is_proposed_where_the_scale_offers_it_and_a_blank_elsewhere(cell: str) -> None:
    assert propose(SERVQUAL, "perception", [cell, "3"]).cells == {cell: Missing.NOT_APPLICABLE}
    assert propose(SERVQUAL, "expectation", [cell, "3"]).cells == {cell: Missing.SKIPPED}


def test_a_leading_number_is_a_point_and_anything_else_is_left_open() -> None:
    found = propose(SERVQUAL, "perception", ["7 Strongly agree", "A3", "AO05", "2 - hardly", "", "maybe"]).cells
    assert found == {"7 Strongly agree": 7, "A3": 3, "AO05": 5, "2 - hardly": 2, "": Missing.SKIPPED, "maybe": None}


@pytest.mark.parametrize(
    ("text", "month_first", "day"),
    [
        ("2026-03-04T10:00:00Z", False, (3, 4)),
        ("03/04/2026", False, (4, 3)),
        ("03/04/2026 2:30 PM", True, (3, 4)),
        ("31.12.2026 08:00", True, (12, 31)),
        ("0001-01-01", False, None),
        ("yesterday", False, None),
    ],
)
def test_dates_are_read_in_the_order_that_was_chosen(
    text: str,
    month_first: bool,  # noqa: FBT001 (a parameter of the test)
    day: tuple[int, int] | None,
) -> None:
    moment = read_moment(text, month_first=month_first)
    assert (None if moment is None else (moment.month, moment.day)) == day
