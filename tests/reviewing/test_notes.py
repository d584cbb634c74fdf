"""The note to a team says how it stands over records that speak for all, and never names too few."""

from __future__ import annotations

import csv
import io
import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pikepdf
import pytest
from click.testing import CliRunner

from servq.analysis.absence import Unavailable
from servq.cli import cli
from servq.errors import DataInvalid
from servq.instruments import load_instrument
from servq.reviewing.notes import make_review_note
from servq.reviewing.rendering import render_review_note
from servq.scoring import AnswerTable
from servq.scoring.answers import Missing

N = 24


@pytest.fixture
def answers() -> AnswerTable:
    """Team A meets everything on its 8 random records and nothing on its 4 lowest rated; team B has 3 reviews."""
    instrument = load_instrument("documentation-review")
    rubric = [place for place, column in enumerate(instrument.columns) if column.battery == "rubric"]
    codes = np.full((N, len(instrument.columns)), 1, dtype=np.int16)
    scale = instrument.scale_of("rubric")
    strata = np.array((["random"] * 8 + ["lowest"] * 4) * 2, dtype=object)
    teams = np.array(["A"] * 12 + ["B"] * 3 + ["C"] * 9, dtype=object)
    for row in range(N):
        codes[row, rubric] = scale.high if strata[row] == "random" else scale.low
    codes[0, rubric[0]] = Missing.SKIPPED
    assessors = np.array(["x", "y"] * (N // 2), dtype=object)
    attributes = {"team": teams, "stratum": strata, "assessor": assessors}
    return AnswerTable(instrument=instrument, codes=codes, attributes=attributes, source="reviews.csv")


def test_overall_share_is_over_the_random_records_and_items_over_all(answers: AnswerTable) -> None:
    note = make_review_note(answers, "A")
    assert not isinstance(note.overall, Unavailable)
    assert (note.overall.value, note.overall.n) == (1.0, 8)
    assert note.n_reviews == 12
    assert note.n_assessors == 2
    shares = [item.share.value for item in note.best if not isinstance(item.share, Unavailable)]
    assert shares == pytest.approx([8 / 12] * 3, abs=0.02)
    assert not {item.id for item in note.best} & {item.id for item in note.worst}


def test_without_strata_every_review_counts(answers: AnswerTable) -> None:
    attributes = {name: values for name, values in answers.attributes.items() if name != "stratum"}
    note = make_review_note(replace(answers, attributes=attributes), "A")
    assert not isinstance(note.overall, Unavailable)
    assert note.overall.value == pytest.approx(8 / 12)
    assert note.overall.n == 12


def test_team_with_too_few_reviews_gets_no_note(answers: AnswerTable) -> None:
    with pytest.raises(DataInvalid, match="fewer than 5"):
        make_review_note(answers, "B")
    with pytest.raises(DataInvalid, match="There are: A, B, C"):
        make_review_note(answers, "D")


def test_too_few_random_records_are_told_instead_of_a_share_that_speaks_for_nobody(answers: AnswerTable) -> None:
    strata = answers.attributes["stratum"].copy()
    strata[:6] = "highest"
    note = make_review_note(replace(answers, attributes={**answers.attributes, "stratum": strata}), "A")
    assert isinstance(note.overall, Unavailable)
    assert note.overall.reason.params["n"] == 2


def test_remarks_stand_under_their_question_and_stay_text(answers: AnswerTable) -> None:
    texts = ["<script>alert(1)</script>", *[""] * (N - 2), "of another team"]
    note = make_review_note(answers, "A", remarks={"done_well": texts})
    page = render_review_note(note)
    assert "&lt;script&gt;alert(1)" in page
    assert "<script" not in page
    assert "of another team" not in page


def test_a_record_that_was_rated_twice_speaks_once(answers: AnswerTable) -> None:
    records = np.array([f"r{row}" for row in range(N)], dtype=object)
    records[1] = records[0]
    note = make_review_note(replace(answers, attributes={**answers.attributes, "record": records}), "A")
    assert not isinstance(note.overall, Unavailable)
    assert note.overall.n == 7
    assert note.basis.params["n"] == 7


def test_remarks_name_their_record_and_a_list_of_records_is_no_remark(answers: AnswerTable) -> None:
    records = [f"r{row}" for row in range(N)]
    attributes = {**answers.attributes, "record": np.array(records, dtype=object)}
    written = {"record_number": records, "done_well": ["Clear answer.", *[""] * (N - 1)]}
    note = make_review_note(replace(answers, attributes=attributes), "A", remarks=written)
    assert [remark.texts for remark in note.remarks] == [("r0: Clear answer.",)]


@pytest.mark.parametrize("locale", ["en", "de"])
def test_from_records_to_plan_to_reviews_to_notes(locale: str, tmp_path: Path) -> None:
    records = tmp_path / "records.csv"
    lines = [f"r{n},{n % 5 + 1},{'North' if n % 2 else 'South'},a{n % 4}" for n in range(80)]
    records.write_text("\n".join(["record,rating,team,agent", *lines]), encoding="utf-8")
    plan = tmp_path / "plan.csv"
    arguments = ["review", "plan", str(records), "--assessor", "x", "--assessor", "y", "--output", str(plan)]
    planned = CliRunner().invoke(cli, arguments, catch_exceptions=False)
    assert planned.exit_code == 0, planned.output
    rows = list(csv.DictReader(io.StringIO(plan.read_text(encoding="utf-8-sig"))))
    assert len(rows) == 40 + 8
    instrument = load_instrument("documentation-review")
    rubric = [instrument.column_name(column) for column in instrument.columns if column.battery == "rubric"]
    asked = [instrument.column_name(column) for column in instrument.columns if column.battery == "record"]
    scale = instrument.scale_of("rubric")
    reviews = tmp_path / "reviews.csv"
    with reviews.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, ["record", "assessor", "team", "stratum", *asked, *rubric, "done_well"])
        writer.writeheader()
        writer.writerow({"record": "not reviewed"})
        for number, row in enumerate(rows):
            given = {name: scale.low + (number + place) % len(scale.points) for place, name in enumerate(rubric)}
            kept = {name: row[name] for name in ("record", "assessor", "team", "stratum")}
            writer.writerow({**kept, **dict.fromkeys(asked, 1), **given, "done_well": "Clear answer."})
    notes = tmp_path / "notes"
    made = CliRunner().invoke(
        cli, ["review", "notes", str(reviews), "--locale", locale, "--output", str(notes)], catch_exceptions=False
    )
    assert made.exit_code == 0, made.output
    assert sorted(path.name for path in notes.iterdir()) == ["North.pdf", "South.pdf"]
    with pikepdf.open(notes / "North.pdf") as pdf:
        assert str(pdf.Root.Lang) == locale
        assert len(pdf.pages) <= 3
    command = ["pdftotext", notes / "North.pdf", "-"]
    written = subprocess.run(command, capture_output=True, check=True, text=True).stdout
    assert "Clear answer." in written
    assert "not reviewed" not in written
