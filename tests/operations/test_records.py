"""Reading service contacts: every problem is named with its row, column and what to do.

1. CSV, XLSX and Parquet of the same contacts read alike, under our names or those of common exports.
2. Times need a zone: their own, or one named for all; the hours of a clock change are refused.
3. Impossible orders and doubled ids are named, all problems at once.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from operations.service_contacts import after, contacts, simulated
from servq.errors import DataInvalid, RequestInvalid
from servq.operations.columns import COLUMNS
from servq.operations.records import PROBLEMS_SHOWN, contacts_of, load_contacts, refuse_future

HEADER = "id,opened,first reply,resolved,replies,talk minutes,abandoned,queue seconds\n"


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def problems(path: Path, **options: object) -> list[str]:
    with pytest.raises(DataInvalid) as refused:
        load_contacts(path, **options)  # type: ignore[arg-type] # a test names what it changes
    return [str(problem) for problem in refused.value.problems]


def test_csv_xlsx_and_parquet_read_alike(tmp_path: Path) -> None:
    frame = simulated(60).frame
    texts = frame.with_columns(pl.col("opened_at", "first_reply_at", "resolved_at").dt.to_string("iso:strict"))
    texts.write_csv(tmp_path / "some.csv")
    texts.write_excel(tmp_path / "some.xlsx")
    frame.write_parquet(tmp_path / "some.parquet")
    for name in ("some.csv", "some.xlsx", "some.parquet"):
        read = load_contacts(tmp_path / name).frame
        assert read.drop("talk_minutes").equals(frame.drop("talk_minutes")), name
        difference = (read["talk_minutes"] - frame["talk_minutes"]).abs().max()
        assert isinstance(difference, float)
        assert difference < 1e-9


def test_headers_of_exports_are_understood_and_others_may_be_named(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", "Ticket ID;Created;First Reply;Solved on;Colour\n7;2026-03-04T09:00Z;;;red\n")
    read = load_contacts(path, columns={"resolved_at": "Solved on"})
    assert read.frame["contact_id"].to_list() == ["7"]
    assert read.ignored == ("Colour",)
    with pytest.raises(RequestInvalid, match='no column "solved"'):
        load_contacts(path, columns={"solved": "Solved on"})
    with pytest.raises(RequestInvalid, match="no such column"):
        load_contacts(path, columns={"resolved_at": "Closed"})


def test_every_problem_of_every_row_is_named(tmp_path: Path) -> None:
    path = write(
        tmp_path / "bad.csv",
        HEADER
        + "a,2026-03-04 10:00,,,x,-1,maybe,inf\n"
        + "a,2026-03-04T10:00Z,2026-03-04T09:00Z,2026-03-04T08:00+01:00,1.5,,,\n"
        + " ,2026-02-30T10:00Z,2026-03-04T09:00Z,,0,3,yes,\n",
    )
    found = problems(path)
    expected = [
        'row 2, column "opened": The time has no time zone.',
        'row 2, column "replies": This is not a number. It is "x".',
        'row 2, column "talk minutes": This is below zero.',
        'row 2, column "abandoned": This is neither yes nor no.',
        'row 2, column "queue seconds": This is not a number. It is "inf".',
        'row 3, column "replies": This is not a whole number.',
        'row 3, column "id": The id is used in row 2 already.',
        'row 3, column "first reply": The first reply is before the opening.',
        'row 3, column "resolved": It was resolved before it was opened.',
        'row 3, column "resolved": It was resolved before the first reply.',
        'row 4, column "id": This is blank.',
        'row 4, column "opened": This is not a time. It is "2026-02-30T10:00Z".',
        'row 4, column "replies": There are no replies, but a time of reply.',
        'row 4, column "talk minutes": The customer left the queue before being served, but there was talk.',
    ]
    for start in expected:
        assert any(problem.startswith(f"bad.csv, {start}") for problem in found), start
    assert len(found) == len(expected)


def test_missing_columns_are_named_together(tmp_path: Path) -> None:
    found = problems(write(tmp_path / "a.csv", "name,when\nx,y\n"))
    assert len(found) == 2
    assert 'There is no column "contact_id"' in found[0]
    assert 'There is no column "opened_at"' in found[1]
    assert "name, when" in found[0]


def test_two_headers_for_one_column_are_not_guessed_between(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", "id,created,opened\n1,2026-03-04T09:00Z,2026-03-04T09:00Z\n")
    assert "2 columns could be" in problems(path)[0]
    assert load_contacts(path, columns={"opened_at": "opened"}).frame.height == 1


def test_a_hundred_like_problems_are_counted_after_the_first(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", "id,opened\n" + "".join(f"{i},soon\n" for i in range(100)))
    found = problems(path)
    assert len(found) == PROBLEMS_SHOWN + 1
    assert found[-1].startswith('a.csv, column "opened": 80 more rows: This is not a time.')


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-03-04T09:15:00+01:00", "2026-03-04T08:15:00"),
        ("2026-03-04 09:15Z", "2026-03-04T09:15:00"),
        ("2026-03-04T09:15:30.25-0530", "2026-03-04T14:45:30.250000"),
        ("2026-07-04T09:15", "2026-07-04T07:15:00"),
        ("2026-01-04 09:15", "2026-01-04T08:15:00"),
    ],
)
def test_times_are_read_with_their_zone_or_the_one_named(tmp_path: Path, text: str, expected: str) -> None:
    path = write(tmp_path / "a.csv", f'id,opened\n1,"{text}"\n')
    (opened,) = load_contacts(path, time_zone="Europe/Berlin").frame["opened_at"].to_list()
    assert opened == datetime.fromisoformat(expected).replace(tzinfo=UTC)


@pytest.mark.parametrize("text", ["2026-03-29T02:30", "2026-10-25T02:30"])
def test_the_hours_of_a_clock_change_need_their_offset(tmp_path: Path, text: str) -> None:
    path = write(tmp_path / "a.csv", f"id,opened\n1,{text}\n")
    (found,) = problems(path, time_zone="Europe/Berlin")
    assert "twice or never" in found
    assert load_contacts(path, time_zone="UTC").frame.height == 1


@pytest.mark.parametrize(
    "text", ["04.03.2026 10:00", "2026-03-04", "2026-03-04T25:00Z", "0026-03-04T10:00Z", "yesterday"]
)
def test_what_is_no_time_is_refused(tmp_path: Path, text: str) -> None:
    assert len(problems(write(tmp_path / "a.csv", f"id,opened\n1,{text}\n"), time_zone="UTC")) == 1


def test_an_unknown_time_zone_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", "id,opened\n1,2026-03-04T09:00\n")
    for name in ("Europe/Nowhere", "../etc/passwd", ""):
        with pytest.raises(RequestInvalid, match="no time zone"):
            load_contacts(path, time_zone=name)


def test_a_frame_of_pandas_is_read_too() -> None:
    import pandas as pd

    frame = pd.DataFrame(
        {"contact_id": [1, 2], "opened_at": pd.to_datetime(["2026-03-04T09:00Z", "2026-03-04T10:00Z"])}
    )
    assert contacts_of(frame).frame["contact_id"].to_list() == ["1", "2"]


def test_times_in_the_future_are_refused_where_they_are_stored() -> None:
    refuse_future(contacts({}), datetime(2026, 3, 4, 10, tzinfo=UTC))
    with pytest.raises(DataInvalid, match="lies in the future"):
        refuse_future(contacts({"resolved_at": after(days=2)}), datetime(2026, 3, 5, tzinfo=UTC))


def test_long_texts_and_control_characters_are_refused() -> None:
    with pytest.raises(DataInvalid) as refused:
        contacts({"site": "x" * 101}, {"agent": "a\x00b"})
    assert [problem.column for problem in refused.value.problems] == ["site", "agent"]
    assert [problem.row for problem in refused.value.problems] == [1, 2]


def test_the_frame_has_every_column_of_the_table() -> None:
    assert contacts({}).frame.columns == [column.name for column in COLUMNS]
