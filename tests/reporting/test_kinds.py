"""The kinds of report: short ones stay short, each is tagged, and none is made of findings that cannot have it."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pikepdf
import pytest
from click.testing import CliRunner

from reporting import sample_findings, sample_variants
from reporting.many_sites import write_answers
from reporting.rendered import SAMPLES, renderer_log
from reporting.test_pdf import tags, text_of
from servq.analysis.collected import Collected
from servq.analysis.findings import Findings
from servq.cli import cli
from servq.commands.outputs import KINDS
from servq.errors import RequestInvalid
from servq.pipeline import Findings as Written
from servq.reporting import ReportForm, attached_findings, render_html, render_pdf
from servq.reporting.cover import period_of
from servq.reporting.formats import Formats
from servq.reporting.kinds import KIND_NAMES, PAGE_LIMITS, ReportKind, check_kind
from servq.translation import translator

SHORT: tuple[tuple[str, ReportKind], ...] = (
    *((name, "executive") for name in ("servqual", "tiny", "tolerance", "net_promoter")),
    ("net_promoter", "pulse"),
)


@pytest.mark.parametrize(("sample", "kind"), SHORT)
def test_a_short_report_keeps_to_its_pages_and_its_tags(sample: str, kind: ReportKind) -> None:
    with renderer_log() as said:
        content = render_pdf(SAMPLES[sample](), ReportForm(kind=kind))
    assert said == []
    with pikepdf.open(io.BytesIO(content)) as pdf:
        assert len(pdf.pages) <= PAGE_LIMITS[kind]
        assert bool(pdf.Root.MarkInfo.Marked)
        levels = [int(str(node.S)[2:]) for node in tags(pdf, "H1", "H2", "H3", "H4")]
        assert levels[0] == 1
        assert levels.count(1) == 1
        assert all(later <= earlier + 1 for earlier, later in pairwise(levels))
        assert all(len(str(figure.Alt)) > 20 for figure in tags(pdf, "Figure"))
        assert all(len(cell.A.Headers) for cell in tags(pdf, "TD"))


def test_a_short_report_shows_more_where_there_is_room() -> None:
    few = render_html(sample_findings.servqual(), ReportForm(kind="executive"))
    assert few.count('class="strip"') > 10


@pytest.mark.parametrize(
    ("findings", "kind"),
    [
        (sample_findings.servqual, "study"),
        (sample_findings.servqual, "pulse"),
        (sample_findings.servqual, "mystery"),
        (sample_findings.servqual, "site"),
    ],
)
def test_a_kind_that_does_not_fit_is_refused_with_a_reason(findings: object, kind: ReportKind) -> None:
    assert callable(findings)
    with pytest.raises(RequestInvalid, match=r"choose|Choose"):
        check_kind(findings(), kind)


def test_the_command_line_offers_every_kind() -> None:
    assert set(KINDS) == set(KIND_NAMES)


@pytest.mark.parametrize(
    ("locale", "collected", "said"),
    [
        ("en", Collected(first_on="2026-03-04", last_on="2026-03-31", precision="day"), "Mar 4 – 31, 2026"),
        ("de", Collected(first_on="2026-03-04", last_on="2026-04-02", precision="day"), "4. März – 2. Apr. 2026"),
        ("en", Collected(first_on="2026-03", last_on="2026-03", precision="month"), "March 2026"),
    ],
)
def test_the_period_comes_from_the_answers_and_is_coarse_for_anonymous_ones(
    locale: str, collected: Collected, said: str
) -> None:
    findings = replace(sample_variants.net_promoter(), period="", collected=collected)
    written = period_of(findings, Formats(translator(locale)))
    assert written.replace("\u2009", " ").replace("\u202f", " ") == said


def test_every_table_travels_inside_the_file_as_tidy_csv() -> None:
    findings = sample_findings.servqual()
    files = {file.name: file for file in attached_findings(findings)}
    assert {"findings.json", "overview.csv", "items.csv", "dimensions.csv"} <= set(files)
    rows = list(csv.DictReader(io.StringIO(files["items.csv"].content.decode("utf-8-sig"))))
    whole = json.loads(files["findings.json"].content)
    assert [row["id"] for row in rows] == [item["id"] for item in whole["items"]]
    assert [float(row["gap.value"]) for row in rows] == [item["gap"]["value"] for item in whole["items"]]
    with pikepdf.open(io.BytesIO(Written(**vars(findings)).to_pdf(form=ReportForm(kind="executive")))) as pdf:
        assert {str(file.AFRelationship) for file in pdf.Root.AF} == {"/Data"}
        assert set(pdf.attachments) == set(files)
        assert pdf.attachments["items.csv"].get_file().read_bytes() == files["items.csv"].content


def test_a_text_that_looks_like_a_formula_stays_a_text() -> None:
    findings: Findings = replace(sample_variants.net_promoter(), organisation="=1+1")
    files = {file.name: file.content.decode("utf-8-sig") for file in attached_findings(findings)}
    assert "'=1+1" in files["overview.csv"]


def test_sites_are_reported_beside_the_others_in_a_zip_that_says_who_is_left_out(tmp_path: Path) -> None:
    data, packed = tmp_path / "now.csv", tmp_path / "sites.zip"
    write_answers(data, {"Harbour": 60, "Old Town": 60, "Airport": 60, "=Pier": 3, "Quay": 4})
    arguments = ["analyze", str(data), "--instrument", "servqual", "--kind", "site"]
    done = CliRunner().invoke(cli, [*arguments, "--zip", str(packed)], catch_exceptions=False)
    assert "3 reports" in done.output
    with zipfile.ZipFile(packed) as archive:
        names = archive.namelist()
        assert names == ["01-Airport.pdf", "02-Harbour.pdf", "03-Old-Town.pdf", "sites.csv"]
        rows = list(csv.reader(io.StringIO(archive.read("sites.csv").decode("utf-8-sig"))))
        content = archive.read("02-Harbour.pdf")
    assert [row[0] for row in rows] == ["Site", "Airport", "Harbour", "Old Town", "'=Pier", "Quay"]
    assert all("No report: too few respondents" in row[3] for row in rows[4:])
    text = text_of(content)
    assert "This site: 60 respondents; the others: 127." in text
    assert "Airport" not in text
    with pikepdf.open(io.BytesIO(content)) as pdf:
        assert len(pdf.pages) <= 4
        found = json.loads(pdf.attachments["findings.json"].get_file().read_bytes())
    for row in found["site"]["rows"]:
        for part in (row["site"], row["others"], row["mark"]["difference"]):
            assert f"{part['value']:+.2f}".replace("-", "−") in text
    assert found["site"]["n"] == 60
    refused = CliRunner().invoke(cli, [*arguments, "--site", "Quay", "--pdf", str(tmp_path / "a.pdf")])
    assert "too few respondents" in str(refused.exception)
    unknown = CliRunner().invoke(cli, [*arguments, "--site", "Nowhere", "--pdf", str(tmp_path / "a.pdf")])
    assert "No answers come from" in str(unknown.exception)
    both = CliRunner().invoke(cli, arguments)
    assert "Name one --site" in both.output


def test_templates_are_copied_changed_and_used(tmp_path: Path) -> None:
    folder = tmp_path / "ours"
    done = CliRunner().invoke(cli, ["report", "templates", "--copy", str(folder)], catch_exceptions=False)
    assert "Copied" in done.output
    assert (folder / "README.md").is_file()
    (folder / "quality" / "sections" / "colophon.html.j2").write_text("<p>Our own colophon</p>", encoding="utf-8")
    form = ReportForm(kind="executive", templates=folder)
    assert "Our own colophon" in render_html(sample_findings.servqual(), form)
    again = CliRunner().invoke(cli, ["report", "templates", "--copy", str(folder)])
    assert "not empty" in str(again.exception)
    with pytest.raises(RequestInvalid, match="no such folder"):
        render_html(sample_findings.servqual(), ReportForm(templates=tmp_path / "nowhere"))
