"""Study files: what they say is read, and everything wrong with them or their answers is named at once."""

from __future__ import annotations

import runpy
from pathlib import Path

import polars as pl
import pytest

from servq.analysis import AnalysisOptions
from servq.analysis.findings import Unavailable
from servq.analysis.gap_findings import RatedGap
from servq.analysis.study_findings import KnowledgeGap, Sites
from servq.answerfiles.study_file import load_study_file
from servq.cli import main
from servq.errors import DataInvalid, RequestInvalid
from servq.pipeline import analyze_study

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "docs" / "examples" / "gaps-study"
ROLES = ("customers", "managers", "personnel")


@pytest.fixture
def study(tmp_path: Path) -> Path:
    for file in EXAMPLE.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    return tmp_path / "study.yaml"


def edit(study: Path, old: str, new: str) -> Path:
    text = study.read_text(encoding="utf-8")
    assert old in text
    study.write_text(text.replace(old, new), encoding="utf-8")
    return study


def test_the_example_is_what_its_script_writes(tmp_path: Path) -> None:
    runpy.run_path(str(ROOT / "scripts" / "write_example_study.py"))["write"](tmp_path)
    for role in ROLES:
        assert (tmp_path / f"{role}.csv").read_bytes() == (EXAMPLE / f"{role}.csv").read_bytes()


def test_a_study_file_names_audiences_files_and_the_column_of_sites(study: Path) -> None:
    read = load_study_file(study)
    assert (read.id, read.organisation, read.site, read.source) == (
        "north-clinics",
        "North Clinics",
        "site",
        "study.yaml",
    )
    assert list(read.audiences) == list(ROLES)
    assert read.files == tuple(study.parent / f"{role}.csv" for role in ROLES)


def test_what_the_caller_says_goes_before_the_study_file(study: Path) -> None:
    findings = analyze_study(edit(study, "title:", "locale: de\ntitle:"), options=AnalysisOptions(title="Own title"))
    assert (findings.title, findings.locale, findings.organisation) == ("Own title", "de", "North Clinics")
    assert analyze_study(study, options=AnalysisOptions(locale="en")).locale == "en"


def test_every_fault_of_a_study_file_is_named_with_its_line_at_once(tmp_path: Path) -> None:
    path = tmp_path / "study.yaml"
    path.write_text(
        "study: s\nsites: x\nminimum_group: none\naudiences:\n  customers: {instrument: gaps-customers}\n"
        "  clients: {}\n  managers: {instrument: gaps-managers, data: gone.csv, weigth: w}\n  personnel:\n",
        encoding="utf-8",
    )
    with pytest.raises(DataInvalid) as refused:
        load_study_file(path)
    said = [(problem.line, problem.message) for problem in refused.value.problems]
    assert said == [
        (2, '"sites" is not known here.'),
        (5, 'Audience "customers" has no `data`.'),
        (6, '"clients" is no audience.'),
        (7, '"weigth" is not known here.'),
        (7, 'There is no file "gone.csv" beside the study file.'),
        (8, 'Audience "personnel" has no `instrument`.'),
        (8, 'Audience "personnel" has no `data`.'),
        (3, "`minimum_group` is not a whole number of at least 1."),
    ]


@pytest.mark.parametrize(
    "content", ["", "- a\n", "a: [", "audiences: {}\n", "audiences: 5\n", "audiences: [customers]\n"]
)
def test_what_is_no_study_file_is_refused_with_the_fix(tmp_path: Path, content: str) -> None:
    path = tmp_path / "study.yaml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(DataInvalid) as refused:
        load_study_file(path)
    assert all(problem.file == "study.yaml" and problem.fix for problem in refused.value.problems)
    with pytest.raises(DataInvalid, match="no such study file"):
        load_study_file(tmp_path / "other.yaml")


def test_bad_cells_of_every_audience_are_listed_together(study: Path) -> None:
    for role in ("customers", "managers"):
        path = study.parent / f"{role}.csv"
        frame = pl.read_csv(path, infer_schema=False).with_columns(pl.lit("9").alias("e01"))
        frame.head(6).write_csv(path)
    with pytest.raises(DataInvalid) as refused:
        analyze_study(study)
    assert {problem.file for problem in refused.value.problems} == {"customers.csv", "managers.csv"}
    assert "off the scale 1 to 7" in str(refused.value)


def test_an_unknown_instrument_is_named_with_the_line_of_its_audience(study: Path) -> None:
    with pytest.raises(DataInvalid, match=r"study.yaml:9: No instrument has the id \"gaps-bosses\""):
        analyze_study(edit(study, "gaps-managers", "gaps-bosses"))


@pytest.mark.parametrize("how", ["header", "blank", "nothing"])
def test_a_file_without_any_answers_is_named_and_the_rest_reports(study: Path, how: str) -> None:
    path = study.parent / "managers.csv"
    header, *rows = path.read_text(encoding="utf-8").splitlines()
    empty = [re_blank(row) for row in rows]
    path.write_text({"header": header + "\n", "blank": "\n".join([header, *empty]) + "\n", "nothing": ""}[how])
    findings = analyze_study(study)
    assert isinstance(findings.gap_1, Unavailable)
    assert findings.gap_1.reason == "Managers: “managers.csv” holds no answers."
    assert isinstance(findings.gap_4, RatedGap)
    assert "“managers.csv” holds no answers" in findings.to_html()


def re_blank(row: str) -> str:
    site, *cells = row.split(",")
    return ",".join([site, *("" for _ in cells)])


def test_an_audience_without_the_column_of_sites_is_named_and_the_rest_is_compared(study: Path) -> None:
    path = study.parent / "managers.csv"
    pl.read_csv(path, infer_schema=False).drop("site").write_csv(path)
    findings = analyze_study(study)
    assert isinstance(findings.sites, Sites)
    assert "The answers of Managers name no sites (“site”)." in findings.sites.unmatched
    assert isinstance(findings.gap_1, KnowledgeGap)


def test_an_audience_may_have_a_least_group_a_map_and_segments(study: Path) -> None:
    path = study.parent / "managers.csv"
    pl.read_csv(path, infer_schema=False).head(4).rename({"e01": "q1"}).write_csv(path)
    (study.parent / "map.yaml").write_text("columns: {e01: q1}\n", encoding="utf-8")
    edit(study, "data: managers.csv", "data: managers.csv, map: map.yaml, minimum_group: 3, segments: [site]")
    findings = analyze_study(study)
    assert isinstance(findings.gap_1, KnowledgeGap)
    assert [audience.minimum_group_size for audience in findings.audiences] == [5, 3, 5]


def test_reports_of_their_own_are_pointed_to(study: Path) -> None:
    (study.parent / "calls.csv").write_text("x\n", encoding="utf-8")
    text = "  assessors: {instrument: mystery-shopping, data: calls.csv}\n\nplaceholders:"
    edit(study, "\nplaceholders:", text)
    edit(study, "placeholders:", "operations: {data: calls.csv}\nplaceholders:")
    said = " ".join(analyze_study(study).notices)
    assert "What assessors found" in said
    assert "Service contacts" in said


def test_a_language_that_a_questionnaire_lacks_is_refused(study: Path) -> None:
    with pytest.raises((RequestInvalid, DataInvalid), match='no texts in "xx"'):
        analyze_study(study, options=AnalysisOptions(locale="xx"))


def run(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> str:
    with pytest.raises(SystemExit) as ended:
        main(["analyze", *arguments])
    printed = capsys.readouterr()
    assert ended.value.code == code, printed.err
    return printed.out + printed.err


def test_the_command_prints_where_the_shortfall_arises(study: Path, capsys: pytest.CaptureFixture[str]) -> None:
    printed = run(capsys, "--study", str(study))
    assert "Customers experience less than they expect: gap 5 is −1.02 points" in printed
    assert "gaps 1 and 4 beyond chance" in printed
    assert "it proves no cause" in printed


def test_the_command_writes_every_form_and_never_over_its_inputs(
    study: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    outputs = {name: tmp_path / f"out.{name}" for name in ("json", "html", "pdf")}
    options = [part for name, path in outputs.items() for part in (f"--{name}", str(path))]
    run(capsys, "--study", str(study), "--locale", "de", *options)
    assert outputs["pdf"].read_bytes().startswith(b"%PDF")
    assert 'lang="de"' in outputs["html"].read_text(encoding="utf-8")
    assert outputs["json"].read_bytes().startswith(b"{")
    refused = run(capsys, "--study", str(study), "--json", str(study.parent / "customers.csv"), code=2)
    assert "cannot be written there" in refused


def test_the_command_takes_a_study_or_one_file_and_says_so(study: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "--study" in run(capsys, "--instrument", "nps", code=2)
    refused = run(capsys, str(study.parent / "customers.csv"), "--study", str(study), "--segment", "site", code=2)
    assert "DATA, --segment cannot be used with --study" in refused
