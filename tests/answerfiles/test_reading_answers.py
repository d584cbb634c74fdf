"""Files of answers: what is read, and what is said about what cannot be.

1. CSV, XLSX, Parquet and SPSS files give the same answers.
2. Every fault is named with file, row or column and what to do; all faults at once.
3. A map file names columns and cells with a meaning.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
import pyreadstat
import pytest
import xlsxwriter

from servq.answerfiles import ColumnMap, load_column_map, load_table, make_answer_table, table_of
from servq.errors import DataInvalid
from servq.instruments import load_instrument
from servq.scoring import AnswerTable, Missing

N = 12
COLUMNS = {f"p{number:02d}": [(number + row) % 7 + 1 for row in range(N)] for number in range(1, 23)}


@pytest.fixture
def frame() -> pl.DataFrame:
    return pl.DataFrame({"site": ["north", "south"] * (N // 2), **COLUMNS}).with_columns(
        pl.when(pl.int_range(pl.len()) == 3).then(None).otherwise(pl.col("p05")).alias("p05")
    )


def read(path: Path, **options: object) -> AnswerTable:
    return make_answer_table(load_table(path), load_instrument("servperf"), segments=["site"], **options)


def refuse(path: Path, **options: object) -> str:
    with pytest.raises(DataInvalid) as caught:
        read(path, **options)
    return str(caught.value)


WRITERS: dict[str, Callable[[pl.DataFrame, Path], object]] = {
    ".csv": lambda frame, path: frame.write_csv(path),
    ".tsv": lambda frame, path: frame.write_csv(path, separator="\t"),
    ".xlsx": lambda frame, path: frame.write_excel(path),
    ".parquet": lambda frame, path: frame.write_parquet(path),
    ".sav": lambda frame, path: pyreadstat.write_sav(frame.to_pandas(), str(path)),
}


@pytest.mark.parametrize("suffix", WRITERS)
def test_every_format_gives_the_same_answers(suffix: str, frame: pl.DataFrame, tmp_path: Path) -> None:
    path = tmp_path / f"answers{suffix}"
    WRITERS[suffix](frame, path)
    answers = read(path)
    assert answers.n_respondents == N
    assert answers.values("perception")[0, :4].tolist() == [2, 3, 4, 5]
    assert answers.codes[3, 4] == Missing.SKIPPED
    assert answers.attributes["site"][:2].tolist() == ["north", "south"]
    assert answers.source == path.name
    assert len(answers.source_sha256) == 64


def test_semicolons_and_a_byte_order_mark_are_understood(frame: pl.DataFrame, tmp_path: Path) -> None:
    path = tmp_path / "export.csv"
    path.write_bytes(b"\xef\xbb\xbf" + frame.write_csv(separator=";").encode())
    assert read(path).n_respondents == N


def test_a_frame_from_pandas_or_a_dictionary_is_read_too(frame: pl.DataFrame) -> None:
    for data in (frame.to_pandas(), frame.to_dict(as_series=False)):
        answers = make_answer_table(table_of(data), load_instrument("servperf"))
        assert answers.codes[3, 4] == Missing.SKIPPED
        assert answers.codes[0, 0] == 2


def test_columns_named_by_battery_and_item_are_found(frame: pl.DataFrame) -> None:
    instrument = load_instrument("servperf")
    names = {
        instrument.column_name(c): f"{c.battery}_{c.item}" for c in instrument.columns if c.battery == "perception"
    }
    answers = make_answer_table(table_of(frame.rename(names)), instrument)
    assert answers.codes[0, 0] == 2


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("8", "8 is off the scale 1 to 7"),
        ("-1", "-1 is off the scale 1 to 7"),
        ("4.5", "4.5 is not a whole point"),
        ("five", '"five" is not a number'),
        ("4,5", "4,5 is not a whole point"),
        ("4,000", '"4,000" is not a number'),
        ("1_0", '"1_0" is not a number'),
        ("\u0664", '"\u0664" is not a number'),
        ("9" * 300, f"{'9' * 39}… is off the scale"),
        ("\x1b[31m", '"\ufffd[31m" is not a number'),
    ],
)
def test_a_wrong_cell_is_named_with_row_and_column(cell: str, said: str, frame: pl.DataFrame, tmp_path: Path) -> None:
    path = tmp_path / "answers.csv"
    frame.with_columns(pl.col("p07").cast(pl.String)).with_columns(
        pl.when(pl.int_range(pl.len()) == 4).then(pl.lit(cell)).otherwise(pl.col("p07")).alias("p07")
    ).write_csv(path)
    message = refuse(path)
    assert said in message
    assert 'answers.csv, row 6, column "p07"' in message


def test_all_faults_are_reported_at_once_but_a_flood_is_counted(frame: pl.DataFrame, tmp_path: Path) -> None:
    path = tmp_path / "answers.csv"
    frame.with_columns(p01=pl.lit(99), p02=pl.lit("x"), p03=pl.lit(0)).write_csv(path)
    lines = refuse(path).splitlines()
    assert len(lines) == 21
    assert lines[-1].startswith(f"answers.csv: {3 * N - 20} more cells")


def test_missing_duplicate_and_stray_columns_are_named(frame: pl.DataFrame, tmp_path: Path) -> None:
    path = tmp_path / "answers.csv"
    frame.rename({"p09": "P_09"}).with_columns(p23=pl.lit(1)).write_csv(path)
    message = refuse(path)
    assert 'column "p09": The column is missing.' in message
    assert 'column "p23": servperf has no such item.' in message
    path.write_text("site,p01,p01\nnorth,1,2\n", encoding="utf-8")
    assert 'column "p01": The column appears 2 times.' in refuse(path)


def test_a_segment_that_is_not_a_column_is_named(frame: pl.DataFrame) -> None:
    with pytest.raises(DataInvalid, match='column "colour": There is no such column'):
        make_answer_table(table_of(frame), load_instrument("servperf"), segments=["colour"])


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("empty.csv", b"", "empty.csv: The file is empty."),
        ("header.csv", b"p01,p02\n", "The file has a header but no answers."),
        ("blank.csv", b"\n\n", "The first row is blank."),
        ("latin.csv", "site,p01\nKöln,3\n".encode("latin-1"), "latin.csv, row 2: Byte 0xf6 is not UTF-8"),
        ("utf16.csv", "p01,p02\n1,2\n".encode("utf-16"), "The file is UTF-16, not UTF-8."),
        ("binary.csv", b"p01\0p02\n1,2\n", "This is not a text file."),
        ("ragged.csv", b"p01,p02\n1,2\n1,2,3\n", "ragged.csv, row 3: The row has 3 cells, the header 2."),
        ("broken.xlsx", b"not a workbook", "The file cannot be read as .xlsx"),
        ("broken.parquet", b"not parquet", "The file cannot be read as .parquet"),
        ("broken.sav", b"not spss", "The file cannot be read as .sav"),
        ("old.csv", b"p01,p02\r1,2\r3,4\r", "The lines end as on old Macintosh computers."),
        ("quote.csv", b'p01,p02\n1,2\n"1,2\n3,4\n', "quote.csv, row 3: A quotation mark opens here and never closes."),
        ("answers.docx", b"x", 'Files of type ".docx" are not read.'),
    ],
)
def test_a_file_that_cannot_be_read_says_why(name: str, content: bytes, said: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(DataInvalid) as caught:
        load_table(path)
    assert said in str(caught.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataInvalid, match="There is no such file"):
        load_table(tmp_path / "nowhere.csv")


def test_all_blank_answers_are_refused(frame: pl.DataFrame) -> None:
    blank = frame.with_columns(pl.lit(None).alias(name) for name in COLUMNS)
    with pytest.raises(DataInvalid, match="Every answer is blank"):
        make_answer_table(table_of(blank), load_instrument("servperf"))


def test_rows_without_any_answer_are_left_out_and_counted(frame: pl.DataFrame) -> None:
    silent = pl.int_range(pl.len()) < 2
    some = frame.with_columns(pl.when(silent).then(None).otherwise(pl.col(name)).alias(name) for name in COLUMNS)
    answers = make_answer_table(table_of(some), load_instrument("servperf"))
    assert (answers.n_respondents, answers.n_empty) == (N - 2, 2)


def test_a_map_file_names_columns_and_cells_with_a_meaning(frame: pl.DataFrame, tmp_path: Path) -> None:
    path = tmp_path / "map.yaml"
    path.write_text("columns:\n  p01: Q1\nmissing: [99]\nnot_applicable: [8, n.z.]\n", encoding="utf-8")
    cells = ["99", "8", "n.z.", *map(str, COLUMNS["p01"][3:])]
    renamed = frame.with_columns(p01=pl.Series(cells)).rename({"p01": "Q1"})
    answers = make_answer_table(table_of(renamed), load_instrument("servperf"), column_map=load_column_map(path))
    assert answers.codes[:3, 0].tolist() == [Missing.SKIPPED, Missing.NOT_APPLICABLE, Missing.NOT_APPLICABLE]
    assert answers.codes[3, 0] == COLUMNS["p01"][3]


def test_a_map_that_names_unknown_things_is_refused(frame: pl.DataFrame) -> None:
    column_map = ColumnMap(columns={"p99": "p01", "p02": "Q2", "p03": "p04", "p04": "p04"}, source="map.yaml")
    with pytest.raises(DataInvalid) as caught:
        make_answer_table(table_of(frame), load_instrument("servperf"), column_map=column_map)
    message = str(caught.value)
    assert 'map.yaml: "p99" is not an answer of servperf.' in message
    assert 'map.yaml: The map names column "Q2", which data frame does not have.' in message
    assert 'Column "p04" is mapped to both "p03" and "p04".' in message


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("columns: [p01", "line|valid YAML"),
        ("columns:\n  p01: Q1\n  p01: Q2\n", "map.yaml:3: Key .p01. is there twice"),
        ("columns:\n  p01:\n", 'map.yaml:2: "p01" has no column'),
        ("missing: {a: 1}\n", "map.yaml:1: `missing` is not a list"),
        ("colums:\n  p01: Q1\n", "has the keys columns"),
        ("columns: p01\n", "not a mapping"),
    ],
)
def test_a_broken_map_file_says_what_it_should_hold(content: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "map.yaml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(DataInvalid, match=said):
        load_column_map(path)


def test_survey_weights_must_be_positive_numbers(frame: pl.DataFrame) -> None:
    weighted = frame.with_columns(w=pl.Series([1.5] * (N - 1) + [0.0]))
    with pytest.raises(DataInvalid, match=rf'row {N}, column "w": A survey weight must be a positive number'):
        make_answer_table(table_of(weighted), load_instrument("servperf"), weight="w")
    fine = make_answer_table(table_of(weighted.head(N - 1)), load_instrument("servperf"), weight="w")
    assert np.allclose(fine.survey_weights, 1.5)


def test_points_with_a_decimal_comma_or_decimals_are_read(frame: pl.DataFrame, tmp_path: Path) -> None:
    path = tmp_path / "answers.csv"
    frame.with_columns(p01=pl.lit("4,0"), p02=pl.lit("5.00"), w=pl.lit("1,25")).write_csv(path, separator=";")
    answers = read(path, weight="w")
    assert answers.codes[0, :2].tolist() == [4, 5]
    assert answers.survey_weights.tolist() == [1.25] * N


def test_a_weight_whose_comma_may_divide_thousands_is_refused(frame: pl.DataFrame) -> None:
    weighted = frame.with_columns(w=pl.lit("1,234"))
    with pytest.raises(DataInvalid, match="positive number"):
        make_answer_table(table_of(weighted), load_instrument("servperf"), weight="w")
    with pytest.raises(DataInvalid, match="positive number"):
        make_answer_table(table_of(frame.with_columns(w=float("inf"))), load_instrument("servperf"), weight="w")


@pytest.mark.parametrize(("suffix", "row"), [(".csv", 6), (".xlsx", 6), (".parquet", 5), (".sav", 5)])
def test_rows_are_numbered_as_the_program_that_made_the_file_shows_them(
    suffix: str, row: int, frame: pl.DataFrame, tmp_path: Path
) -> None:
    path = tmp_path / f"answers{suffix}"
    WRITERS[suffix](
        frame.with_columns(pl.when(pl.int_range(pl.len()) == 4).then(9).otherwise("p07").alias("p07")), path
    )
    assert f'row {row}, column "p07": 9' in refuse(path)


def write_sheets(path: Path, **sheets: dict[tuple[int, int], object]) -> None:
    with xlsxwriter.Workbook(path) as book:
        for name, cells in sheets.items():
            sheet = book.add_worksheet(name)
            for place, value in cells.items():
                sheet.write(*place, value)


def servperf_cells(frame: pl.DataFrame, top: int) -> dict[tuple[int, int], object]:
    rows = [frame.columns, *frame.rows()]
    return {(top + i, j): value for i, cells in enumerate(rows) for j, value in enumerate(cells) if value is not None}


def test_blank_rows_above_the_header_of_a_sheet_are_skipped_and_counted(frame: pl.DataFrame, tmp_path: Path) -> None:
    path = tmp_path / "answers.xlsx"
    write_sheets(path, one={**servperf_cells(frame, 3), (6, 1): "bad"})
    assert 'row 7, column "p01": "bad" is not a number' in refuse(path)


def test_a_formula_that_failed_is_no_blank(frame: pl.DataFrame, tmp_path: Path) -> None:
    path = tmp_path / "answers.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        for place, value in servperf_cells(frame, 0).items():
            sheet.write(*place, value)
        sheet.write_formula(2, 1, "=1/0", None, "#DIV/0!")
        sheet.write_formula(3, 1, "=NA()", None, "#N/A")
    assert refuse(path) == (
        'answers.xlsx, row 3, column "p01": "#DIV0!" is not a number. '
        "Enter a whole number from 1 to 7, or leave it blank."
    )


def test_a_first_sheet_without_answers_is_named_with_the_others(frame: pl.DataFrame, tmp_path: Path) -> None:
    path = tmp_path / "answers.xlsx"
    write_sheets(path, notes={}, data=servperf_cells(frame, 0))
    assert 'The first sheet, "notes", is empty. Put the answers on the first sheet (it also has: data).' in refuse(path)
    write_sheets(path, notes={(0, 0): "read me"}, data=servperf_cells(frame, 0))
    assert 'The first sheet, "notes", has one row only.' in refuse(path)


def test_two_columns_for_one_answer_are_refused(frame: pl.DataFrame) -> None:
    for name in ("P01", "perception_tan_1"):
        doubled = frame.with_columns(pl.lit(7).alias(name))
        with pytest.raises(DataInvalid, match=f"The columns p01, {name} hold the same answer"):
            make_answer_table(table_of(doubled), load_instrument("servperf"))
    column_map = ColumnMap(columns={"p01": "p02", "perception_tan_1": "p03"}, source="map.yaml")
    with pytest.raises(DataInvalid, match='"p01" and "perception_tan_1" are the same answer'):
        make_answer_table(table_of(frame), load_instrument("servperf"), column_map=column_map)


def test_a_map_may_write_answers_in_capitals_and_one_cell_without_brackets(frame: pl.DataFrame, tmp_path: Path) -> None:
    path = tmp_path / "map.yaml"
    path.write_text("columns:\n  P01: Q1\nmissing: 99\n", encoding="utf-8")
    renamed = frame.with_columns(p01=pl.lit(99)).rename({"p01": "Q1"})
    answers = make_answer_table(table_of(renamed), load_instrument("servperf"), column_map=load_column_map(path))
    assert (answers.codes[:, 0] == Missing.SKIPPED).all()


def test_a_problem_in_a_map_names_its_line(frame: pl.DataFrame, tmp_path: Path) -> None:
    path = tmp_path / "map.yaml"
    path.write_text("columns:\n  p01: Q1\n", encoding="utf-8")
    with pytest.raises(DataInvalid, match=r'map.yaml:2: The map names column "Q1", which data frame does not have'):
        make_answer_table(table_of(frame), load_instrument("servperf"), column_map=load_column_map(path))


def test_spss_labels_name_the_groups(frame: pl.DataFrame, tmp_path: Path) -> None:
    path = tmp_path / "answers.sav"
    coded = frame.with_columns(site=pl.Series([1.0, 2.0] * (N // 2)))
    pyreadstat.write_sav(coded.to_pandas(), str(path), variable_value_labels={"site": {1: "North", 2: "South"}})
    assert set(read(path).attributes["site"]) == {"North", "South"}


def test_numeric_codes_of_groups_and_respondents_lose_their_decimals(frame: pl.DataFrame, tmp_path: Path) -> None:
    path = tmp_path / "answers.csv"
    coded = frame.with_columns(site=pl.Series(["1.0", "2.0"] * (N // 2)), who=pl.Series([f"{i}.0" for i in range(N)]))
    coded.write_csv(path)
    answers = read(path, respondent_id="who")
    assert set(answers.attributes["site"]) == {"1", "2"}
    assert answers.respondent_ids[:2].tolist() == ["0", "1"]


def test_cells_that_are_lists_are_refused(frame: pl.DataFrame) -> None:
    nested = frame.with_columns(site=pl.Series([["a"]] * N))
    with pytest.raises(DataInvalid, match='column "site": Its cells are neither numbers nor text'):
        make_answer_table(table_of(nested), load_instrument("servperf"), segments=["site"])


def test_frames_of_every_making_are_read_or_refused(frame: pl.DataFrame) -> None:
    servperf = load_instrument("servperf")
    expected = make_answer_table(table_of(frame), servperf).codes
    for data in (frame.lazy(), frame.to_pandas().convert_dtypes()):
        assert (make_answer_table(table_of(data), servperf).codes == expected).all()
    for data in (frame.head(0), frame.to_pandas().head(0)):
        with pytest.raises(DataInvalid, match="The data frame has no rows"):
            table_of(data)
    with pytest.raises(DataInvalid, match="The columns differ in length"):
        table_of({"p01": [1, 2], "p02": [1]})


def test_answers_to_what_was_not_asked_are_left_out_and_counted() -> None:
    instrument = load_instrument("e-recs-qual")
    screening, *rest = [instrument.column_name(column) for column in instrument.columns]
    frame = pl.DataFrame({screening: ["Yes", "nein", "2"], **{name: ["1", "2", ""] for name in rest}})
    answers = make_answer_table(table_of(frame), instrument)
    assert answers.codes[:, 0].tolist() == [1, 2, 2]
    assert answers.codes[0, 1:].tolist() == [1] * len(rest)
    assert set(answers.codes[1:, 1:].ravel().tolist()) == {Missing.NOT_SHOWN}
    assert answers.n_contradictory == len(rest)


def test_cells_that_may_mean_not_applicable_are_counted_until_a_map_file_says_what_they_mean() -> None:
    instrument = load_instrument("servqual")
    names = [instrument.column_name(column) for column in instrument.columns if column.battery != "importance"]
    cells = {name: ["n/a" if name in {"p01", "p02", "e01"} else "1", "1"] for name in names}
    table = table_of(cells)
    read = make_answer_table(table, instrument)
    assert read.n_read_as_blank == 2, "the scale of e01 has no such answer"
    said = make_answer_table(table, instrument, column_map=ColumnMap(not_applicable=frozenset({"n/a"})))
    assert said.n_read_as_blank == 0
