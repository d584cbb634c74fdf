"""Exported answers say what they mean in every program that reads them."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import openpyxl
import polars as pl
import pyreadstat
import pytest

from servq.answerfiles.codebook import MissingAs, variables_of
from servq.answerfiles.ddi import NAMESPACE, render_ddi
from servq.answerfiles.exporting import DataFormat, export_answers
from servq.answerfiles.gathering import gather
from servq.instruments import load_instrument
from servq.scoring import AnswerTable
from servq.scoring.answers import Missing

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
FORMULA = "=HYPERLINK(1)"


@pytest.fixture
def answers() -> AnswerTable:
    """Four guests; one skipped an item, one could not judge it, one was not shown it."""
    instrument = load_instrument("servqual")
    codes = np.full((4, len(instrument.columns)), 5, dtype=np.int16)
    place = [instrument.column_name(column) for column in instrument.columns].index("p01")
    codes[:, place] = [7, Missing.SKIPPED, Missing.NOT_APPLICABLE, Missing.NOT_SHOWN]
    for position, column in enumerate(instrument.columns):
        if column.battery == "importance":
            codes[:, position] = 20
        elif column.battery == "ranking":
            codes[:, position] = 1
    return AnswerTable(
        instrument=instrument,
        codes=codes,
        attributes={"site": np.array(["North", "Süd", FORMULA, ""], dtype=object)},
        source="Guests",
        source_sha256="0" * 64,
    )


def exported(answers: AnswerTable, to: DataFormat, missing: MissingAs = "blank") -> bytes:
    made = export_answers(answers, to, made_at=NOW, missing=missing)
    manifest = json.loads(made.manifest)
    assert manifest["sha256"] == sha256(made.content).hexdigest()
    assert manifest["n_rows"] == 4
    assert manifest["n_columns"] == len(answers.columns) + 1
    assert manifest["instrument"] == "servqual"
    return made.content


@pytest.mark.parametrize(("missing", "shown"), [("blank", [7, None, None, None]), ("codes", [7, -1, -2, -3])])
def test_csv_and_parquet_have_blanks_or_codes_for_missing_answers(
    missing: MissingAs, shown: list[int | None], answers: AnswerTable
) -> None:
    csv = pl.read_csv(io.BytesIO(exported(answers, "csv", missing)))
    parquet = pl.read_parquet(io.BytesIO(exported(answers, "parquet", missing)))
    for frame in (csv, parquet):
        assert frame["p01"].to_list() == shown
        assert frame["e22"].to_list() == [5, 5, 5, 5]
        assert frame["site"].to_list()[:2] == ["North", "Süd"]


def test_spreadsheets_calculate_no_text_that_looks_like_a_formula(answers: AnswerTable) -> None:
    assert f"'{FORMULA}" in exported(answers, "csv").decode("utf-8-sig")
    sheet = openpyxl.load_workbook(io.BytesIO(exported(answers, "xlsx")))["answers"]
    cell = sheet.cell(4, 1)
    assert (cell.value, cell.data_type) == (FORMULA, "s")
    heads = [one.value for one in sheet[1]]
    assert [sheet.cell(row, heads.index("p01") + 1).value for row in range(2, 6)] == [7, None, None, None]


def test_spss_reads_wordings_value_labels_and_reasons_of_missing_answers(answers: AnswerTable, tmp_path: Path) -> None:
    path = tmp_path / "answers.sav"
    path.write_bytes(exported(answers, "sav"))
    frame, meta = pyreadstat.read_sav(path, user_missing=True, output_format="polars")
    assert frame["p01"].to_list() == [7, -1, -2, -3]
    assert meta.variable_value_labels["p01"] == {
        -3.0: "not shown",
        -2.0: "not applicable",
        -1.0: "skipped",
        1.0: "Strongly disagree",
        7.0: "Strongly agree",
    }
    assert meta.column_names_to_labels["p01"] == answers.instrument.wording(
        next(c for c in answers.columns if answers.instrument.column_name(c) == "p01"), "en"
    )
    blanked, _ = pyreadstat.read_sav(path, output_format="polars")
    assert blanked["p01"].is_null().sum() + blanked["p01"].is_nan().fill_null(value=False).sum() == 3
    assert meta.variable_value_labels["most_important"][1.0] == "Tangibles"


def test_stata_reads_labels_and_blanks(answers: AnswerTable, tmp_path: Path) -> None:
    path = tmp_path / "answers.dta"
    path.write_bytes(exported(answers, "dta"))
    frame, meta = pyreadstat.read_dta(path, output_format="polars")
    assert frame["p01"].to_list()[0] == 7
    assert frame["p01"].is_null().sum() == 3
    assert meta.variable_value_labels["p01"] == {1: "Strongly disagree", 7: "Strongly agree"}
    assert frame["site"].to_list()[1] == "Süd"


def described(
    answers: AnswerTable, folder: Path, *, title: str, file_name: str = "", locale: str | None = None
) -> bytes:
    gathered = gather(answers, folder, locale)
    return render_ddi(gathered, title=title, made_at=NOW, file_name=file_name, locale=locale)


def test_codebook_describes_every_column_with_its_question_values_and_counts(
    answers: AnswerTable, tmp_path: Path
) -> None:
    root = ET.fromstring(described(answers, tmp_path, title="Guests & more", file_name="guests.csv"))
    ddi = {"d": NAMESPACE}
    assert [child.tag.removeprefix(f"{{{NAMESPACE}}}") for child in root] == [
        "docDscr",
        "stdyDscr",
        "fileDscr",
        "dataDscr",
    ]
    assert root.findtext("d:stdyDscr/d:citation/d:titlStmt/d:titl", None, ddi) == "Guests & more"
    assert root.findtext("d:fileDscr/d:fileTxt/d:dimensns/d:caseQnty", None, ddi) == "4"
    variables = {one.get("name"): one for one in root.findall("d:dataDscr/d:var", ddi)}
    assert set(variables) == {variable.name for variable in variables_of(answers)}
    p01 = variables["p01"]
    assert p01.findtext("d:qstn/d:qstnLit", None, ddi) == p01.findtext("d:labl", None, ddi)
    found = {
        category.findtext("d:catValu", None, ddi): (category.get("missing"), category.findtext("d:catStat", None, ddi))
        for category in p01.findall("d:catgry", ddi)
    }
    assert found["7"] == (None, "1")
    assert found["-1"] == found["-2"] == found["-3"] == ("Y", "1")
    groups = {
        group.findtext("d:labl", None, ddi): group.get("var", "").split()
        for group in root.findall("d:dataDscr/d:varGrp", ddi)
    }
    sizes = sorted(len(members) for members in groups.values())
    assert sizes == [4] * 6 + [5] * 4  # 4, 5, 4, 4 and 5 items, expected and experienced
    ids = {one.get("ID") for one in variables.values()}
    assert all(member in ids for members in groups.values() for member in members)


def test_labels_are_in_the_language_asked_for(answers: AnswerTable, tmp_path: Path) -> None:
    german = described(answers, tmp_path, title="Gäste", locale="de").decode()
    assert 'xml:lang="de"' in german
    assert "Stimme" in german or "stimme" in german


ODD_NAMES = ("Besuch am", "=SUM(1)", "2nd", "ALL", "long", "x" * 80, "Straße", "site", "Site", "str12", "_n", "a\x01b")


@pytest.mark.parametrize("to", ["sav", "dta"])
def test_attributes_with_any_name_reach_spss_and_stata_and_keep_it_as_label(
    answers: AnswerTable, tmp_path: Path, to: DataFormat
) -> None:
    odd = replace(answers, attributes=dict.fromkeys(ODD_NAMES, answers.attributes["site"]))
    path = tmp_path / f"answers.{to}"
    path.write_bytes(export_answers(odd, to, made_at=NOW).content)
    frame, meta = pyreadstat.read_sav(path) if to == "sav" else pyreadstat.read_dta(path)
    assert len(set(map(str.lower, frame.columns))) == len(ODD_NAMES) + len(answers.columns)
    assert meta.column_labels[: len(ODD_NAMES) - 1] == list(ODD_NAMES[:-1])
    assert frame.iloc[:, 0].tolist() == frame.iloc[:, 1].tolist() == ["North", "Süd", FORMULA, ""]


def test_the_name_of_a_column_is_no_formula_either(answers: AnswerTable) -> None:
    odd = replace(answers, attributes={"=SUM(1)": answers.attributes["site"]})
    heading = export_answers(odd, "csv", made_at=NOW).content.decode("utf-8-sig").split(",")[0]
    assert heading == "'=SUM(1)"


def test_a_codebook_is_xml_whatever_an_attribute_is_called_and_cites_where_ddi_has_the_place(
    answers: AnswerTable, tmp_path: Path
) -> None:
    odd = replace(answers, attributes={"a\x01b": answers.attributes["site"]})
    root = ET.fromstring(described(odd, tmp_path, title="Guests \x02"))
    space = {"d": NAMESPACE}
    names = [element.get("name") for element in root.findall(".//d:var", space)]
    assert names[0] == "ab"
    # `sources` holds elements and no text, so a citation is no source of the data
    assert root.find(".//d:sources", space) is None
    study = root.find("d:stdyDscr", space)
    assert study is not None
    assert [element.tag.split("}")[1] for element in study] == ["citation", "method", "dataAccs", "othrStdyMat"]
    assert len(study.findall("d:othrStdyMat/d:othRefs", space)) == len(answers.instrument.definition.citation)
