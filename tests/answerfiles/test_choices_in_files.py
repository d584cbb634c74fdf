"""Choices and skip rules in answer files: options by place, id or label, and answers that nobody was asked for."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from servq.answerfiles import load_table, make_answer_table
from servq.answerfiles.mapping import ColumnMap
from servq.errors import DataInvalid
from servq.instruments import load_instrument
from servq.scoring.answers import AnswerTable, Missing

ITEMS = ["res1", "res2", "res3", "res4", "res5", "com1", "com2", "com3", "con1", "con2", "con3"]


def read(
    folder: Path, frame: pl.DataFrame, instrument_id: str = "e-recs-qual", column_map: ColumnMap | None = None
) -> AnswerTable:
    path = folder / "answers.csv"
    frame.write_csv(path)
    return make_answer_table(load_table(path), load_instrument(instrument_id), column_map=column_map)


def rated(*had_problem: str) -> pl.DataFrame:
    return pl.DataFrame({"had_problem": had_problem, **{item: [4] * len(had_problem) for item in ITEMS}})


def test_an_option_is_given_by_its_place_its_id_or_its_label_in_any_language(tmp_path: Path) -> None:
    answers = read(tmp_path, rated("1", "yes", "Yes", "JA", "2", "nein", "1.0"))
    assert answers.codes[:, 0].tolist() == [1, 1, 1, 1, 2, 2, 1]


def test_a_dimension_offered_as_an_option_goes_by_its_name(tmp_path: Path) -> None:
    points = {f"{battery}{n:02d}": [5] for battery in "ep" for n in range(1, 23)}
    frame = pl.DataFrame(
        {**points, "most_important": ["Reliability"], "second_important": ["empathy"], "least_important": ["1"]}
    )
    assert read(tmp_path, frame, "servqual").codes[0, -3:].tolist() == [2, 5, 1]


def test_a_cell_that_is_no_option_is_named_with_the_options(tmp_path: Path) -> None:
    with pytest.raises(DataInvalid) as caught:
        read(tmp_path, rated("1", "perhaps", "3"))
    first, second = caught.value.problems
    assert (first.row, first.column) == (3, "had_problem")
    assert first.message == '"perhaps" is none of the options.'
    assert first.fix == "Enter one of: 1 yes, 2 no; or leave it blank."
    assert second.row == 4


def test_blanks_and_mapped_cells_are_no_options(tmp_path: Path) -> None:
    column_map = ColumnMap(missing=frozenset({"99"}), not_applicable=frozenset({"refused"}))
    answers = read(tmp_path, rated("1", "", "99", "Refused"), column_map=column_map)
    assert answers.codes[:, 0].tolist() == [1]
    assert answers.n_empty == 3


def test_answers_to_what_nobody_was_asked_do_not_count(tmp_path: Path) -> None:
    answers = read(tmp_path, rated("yes", "no", "yes"))
    assert (answers.codes[[0, 2], 1:] == 4).all()
    assert (answers.codes[1, 1:] == Missing.NOT_SHOWN).all()


def test_a_file_without_the_deciding_column_keeps_all_its_answers(tmp_path: Path) -> None:
    answers = read(tmp_path, rated("1", "2").drop("had_problem"))
    assert (answers.codes[:, 1:] == 4).all()
    assert np.unique(answers.codes[:, 0]).tolist() == [Missing.NOT_SHOWN]
