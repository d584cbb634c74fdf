"""The workbook has every number of the findings, as a number, beside its interval and n."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import openpyxl
import pytest
from click.testing import CliRunner

from servq.analysis import analyse
from servq.analysis.findings import Findings
from servq.cli import cli
from servq.errors import RequestInvalid
from servq.instruments import load_instrument
from servq.reporting.workbook import render_workbook
from servq.scoring import AnswerTable
from servq.statistics import Estimate

FORMULA = "=1+1"


@pytest.fixture(scope="module")
def findings() -> Findings:
    instrument = load_instrument("servqual")
    random = np.random.default_rng(5)
    codes = np.zeros((60, len(instrument.columns)), dtype=np.int16)
    for place, column in enumerate(instrument.columns):
        points = instrument.points_of(column)
        codes[:, place] = 20 if column.battery == "importance" else random.choice(list(points), 60)
    sites = np.array([FORMULA, "B", "C"] * 20, dtype=object)
    return analyse(AnswerTable(instrument=instrument, codes=codes, attributes={"site": sites}, source="answers.csv"))


def sheets(content: bytes) -> dict[str, list[dict[str, object]]]:
    book = openpyxl.load_workbook(io.BytesIO(content))
    found = {}
    for sheet in book:
        heads, *rows = sheet.iter_rows(values_only=True)
        found[sheet.title] = [dict(zip(map(str, heads), row, strict=True)) for row in rows]
    return found


def test_items_and_dimensions_have_value_bounds_and_n(findings: Findings) -> None:
    book = sheets(render_workbook(findings))
    for name, measures in (("items", findings.items), ("dimensions", findings.dimensions)):
        assert [row["id"] for row in book[name]] == [measure.id for measure in measures]
        for row, measure in zip(book[name], measures, strict=True):
            assert isinstance(measure.gap, Estimate)
            expected = (measure.gap.value, measure.gap.ci_low, measure.gap.ci_high)
            # a workbook keeps 16 digits
            assert (row["gap.value"], row["gap.ci_low"], row["gap.ci_high"]) == pytest.approx(expected, rel=1e-15)
            assert row["gap.n"] == measure.gap.n
    first = findings.items[0]
    counts = [book["items"][0][f"distribution.perception.{point}"] for point in range(1, 8)]
    assert counts == list(first.distribution["perception"])


def test_nested_rows_say_what_they_belong_to_and_text_is_never_calculated(findings: Findings) -> None:
    content = render_workbook(findings)
    groups = sheets(content)["segments.groups"]
    assert [row["label"] for row in groups if row["segments"] == "site"] == [FORMULA, "B", "C"]
    book = openpyxl.load_workbook(io.BytesIO(content))
    assert all(cell.data_type != "f" for sheet in book for row in sheet.iter_rows() for cell in row)


def test_sentences_are_in_the_language_of_the_findings(findings: Findings) -> None:
    from dataclasses import replace

    german = sheets(render_workbook(replace(findings, locale="de")))["overview"]
    english = sheets(render_workbook(findings))["overview"]
    headline = [next(row["value"] for row in book if row["name"] == "summary.headline") for book in (german, english)]
    assert headline[0] != headline[1]


def test_command_writes_the_workbook(tmp_path: Path) -> None:
    answers = tmp_path / "answers.csv"
    answers.write_text("nps\n" + "\n".join(str(n % 11) for n in range(40)), encoding="utf-8")
    path = tmp_path / "report.xlsx"
    done = CliRunner().invoke(cli, ["analyze", str(answers), "--instrument", "nps", "--xlsx", str(path)])
    assert done.exit_code == 0, done.output
    assert sheets(path.read_bytes())["scores"][0]["estimate.n"] == 40


def test_a_report_in_a_language_without_its_sentences_is_refused_and_not_mixed(tmp_path: Path) -> None:
    answers = tmp_path / "answers.csv"
    answers.write_text("nps\n" + "\n".join(str(n % 11) for n in range(40)), encoding="utf-8")
    arguments = ["analyze", str(answers), "--instrument", "nps", "--locale", "fr", "--html", str(tmp_path / "r.html")]
    done = CliRunner().invoke(cli, arguments)
    assert isinstance(done.exception, RequestInvalid)
    assert "They are written in: ar, de, en." in str(done.exception)
