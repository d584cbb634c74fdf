"""Instruments go to other tools and come back; the other tools themselves say whether they can read them."""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from pyxform.xls2xform import convert

from servq.errors import InstrumentInvalid
from servq.instruments import check_instrument, instrument_ids, load_instrument
from servq.instruments.exchange import EXPORTS, export_instrument, import_instrument, write_instrument
from servq.instruments.model import ChoiceBattery, Condition, RatingBattery

NODE = Path(__file__).parent / "node"
YEAR = 2026


@pytest.mark.parametrize("instrument_id", instrument_ids())
def test_pyxform_reads_the_workbook_without_a_complaint(instrument_id: str) -> None:
    instrument = load_instrument(instrument_id)
    workbook = export_instrument(instrument, "xlsform").content
    form = convert(io.BytesIO(workbook), file_type=".xlsx", validate=False)
    assert form.warnings == []
    for column in instrument.columns:
        assert f'/{instrument.column_name(column)}"' in form.xform


@pytest.mark.parametrize("instrument_id", instrument_ids())
def test_workbook_of_servq_comes_back_as_it_went(instrument_id: str, tmp_path: Path) -> None:
    instrument = load_instrument(instrument_id)
    path = tmp_path / f"{instrument_id}.xlsx"
    path.write_bytes(export_instrument(instrument, "xlsform").content)
    back = import_instrument(path, year=YEAR)
    assert back.instrument == instrument
    assert back.lost == ()


def test_changed_texts_and_deleted_rows_of_a_workbook_are_taken_and_new_rows_are_named(tmp_path: Path) -> None:
    path = tmp_path / "servqual.xlsx"
    path.write_bytes(export_instrument(load_instrument("servqual"), "xlsform").content)
    book = openpyxl.load_workbook(path)
    sheet = book["survey"]
    heads = [cell.value for cell in sheet[1]]
    name, label = heads.index("name") + 1, heads.index("label::English (en)") + 1
    rows = {sheet.cell(row, name).value: row for row in range(2, sheet.max_row + 1)}
    sheet.cell(rows["p01"], label).value = "The {new} furniture is modern."
    sheet.append(["text" if head == "type" else "extra" if head == "name" else None for head in heads])
    for gone in sorted((rows["e02"], rows["p02"]), reverse=True):
        sheet.delete_rows(gone)
    book.save(path)
    back = import_instrument(path, year=YEAR)
    assert back.instrument.wording(back.instrument.columns[0], "en") == load_instrument("servqual").wording(
        back.instrument.columns[0], "en"
    )
    assert back.instrument.texts["en"].items["tan_1"]["perception"] == "The {{new}} furniture is modern."
    assert "tan_2" not in [item.id for item in back.instrument.definition.items]
    assert len(back.lost) == 1
    assert "extra" in back.lost[0]


FOREIGN = {
    "survey": [
        ["type", "name", "label", "label::Deutsch (de)", "required", "relevant"],
        ["start", "start", None, None, None, None],
        ["select_one yes_no", "visited", "Were you here?", "Waren Sie hier?", "yes", None],
        ["begin group", "visit", "Your visit", "Ihr Besuch", None, "${visited} = 'yes'"],
        ["select_one agree", "clean", "It was clean.", "Es war sauber.", "yes", None],
        ["select_one agree", "quick", "It was quick.", "Es ging schnell.", "yes", None],
        ["end group", None, None, None, None, None],
        ["integer", "age", "How old are you?", "Wie alt sind Sie?", None, None],
        ["text", "why", "Why {not}?", "Warum nicht?", None, "${clean} = 1 or ${clean} = 2"],
        ["select_multiple yes_no", "several", "Several?", "Mehrere?", None, None],
        ["text", "odd", "Odd", "Seltsam", None, "count-selected(${several}) > 1"],
    ],
    "choices": [
        ["list_name", "name", "label", "label::Deutsch (de)"],
        ["yes_no", "yes", "Yes", "Ja"],
        ["yes_no", "no", "No", "Nein"],
        *[
            ["agree", number, f"{number} - {word}", f"{number} - {word}"]
            for number, word in enumerate("abcde", start=1)
        ],
    ],
    "settings": [["form_title", "form_id"], ["Visit", "visit_2024"]],
}


def test_changed_options_of_a_workbook_are_named_and_not_dropped_in_silence(tmp_path: Path) -> None:
    path = tmp_path / "nps.xlsx"
    path.write_bytes(export_instrument(load_instrument("nps"), "xlsform").content)
    book = openpyxl.load_workbook(path)
    sheet = book["choices"]
    heading = [cell.value for cell in sheet[1]]
    list_name, point = sheet.cell(2, 1).value, sheet.cell(2, 2).value
    sheet.cell(2, heading.index("label::English (en)") + 1).value = "By no means"
    sheet.delete_rows(3)
    book.save(path)
    lost = import_instrument(path, year=YEAR).lost
    assert [note for note in lost if note.startswith(f"choice {list_name} {point}: changed")]
    assert len([note for note in lost if "left out of the workbook" in note]) == 1


@pytest.mark.parametrize(
    ("old", "new"),
    [('"locales":["en"', '"locales":["en","xx"'), ('"title":"', '"title":"{ '), ('{"definition"', '"definition"')],
)
def test_broken_sheet_of_servq_is_refused_with_a_way_out(old: str, new: str, tmp_path: Path) -> None:
    path = tmp_path / "nps.xlsx"
    path.write_bytes(export_instrument(load_instrument("nps"), "xlsform").content)
    book = openpyxl.load_workbook(path)
    for cell in book["servq"]["B"]:
        cell.value = str(cell.value).replace(old, new)
    book.save(path)
    with pytest.raises(InstrumentInvalid, match='The sheet "servq" was changed'):
        import_instrument(path, year=YEAR)


def test_braces_of_a_text_are_no_expression_of_the_other_tool(tmp_path: Path) -> None:
    overlay = tmp_path / "nps.yaml"
    overlay.write_text(
        "adapts: nps\nid: nps-braces\nversion: '1.0'\ntitle: Braces\nnote: None.\nlocales: [en]\n"
        "texts: {en: {introduction: 'Costs ${{price}} & <b>more</b>'}}\n",
        encoding="utf-8",
    )
    instrument = load_instrument(overlay)
    workbook = export_instrument(instrument, "xlsform").content
    assert "$ {price}" in convert(io.BytesIO(workbook), file_type=".xlsx", validate=False).xform
    lines = export_instrument(instrument, "limesurvey").content.decode("utf-8-sig")
    assert "Costs ${ price}" in lines


def test_form_of_another_tool_becomes_a_sound_instrument_and_the_rest_is_listed(tmp_path: Path) -> None:
    path = tmp_path / "visit.xlsx"
    book = openpyxl.Workbook()
    book.remove(book.active)
    for sheet, rows in FOREIGN.items():
        made = book.create_sheet(sheet)
        for row in rows:
            made.append(row)
    book.save(path)
    imported = import_instrument(path, year=YEAR)
    definition = imported.instrument.definition
    assert definition.id == "visit_2024"
    assert definition.locales == ("en", "de")
    assert imported.instrument.texts["en"].items["clean"] == {"visit": "It was clean."}
    visited, visit = definition.batteries["answers"], definition.batteries["visit"]
    assert isinstance(visited, ChoiceBattery)
    assert visited.items[0].options == ("yes", "no")
    assert isinstance(visit, RatingBattery)
    assert visit.asked_if == (Condition(battery="answers", item="visited", options=("yes",)),)
    assert definition.scales[visit.scale].points == range(1, 6)
    comments = {comment.id: comment for comment in definition.comments}
    assert comments["age"].form == "number"
    assert comments["why"].asked_if == (Condition(battery="visit", item="clean", points=(1, 2)),)
    told = "\n".join(imported.lost)
    assert "several: items of type select_multiple" in told
    assert "odd: the skip rule count-selected" in told
    folder = tmp_path / definition.id
    write_instrument(imported.instrument, folder, imported.lost)
    assert check_instrument(folder) == []
    assert load_instrument(folder) == imported.instrument


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("form.xlsx", b"no workbook", "no XLSX workbook"),
        ("form.json", b"[1, 2]", "no survey of SurveyJS"),
        ("form.json", b'{"pages": ' + b"[" * 100_000, "no survey of SurveyJS"),
        ("form.json", b'{"pages": [{"elements": [{"type": "comment", "name": "a"}]}]}', "on a scale of numbers"),
        ("form.doc", b"", "does not say which format"),
    ],
)
def test_file_that_is_no_form_is_refused_with_a_way_out(name: str, content: bytes, says: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(InstrumentInvalid, match=says) as refused:
        import_instrument(path, year=YEAR)
    assert all(problem.fix for problem in refused.value.problems)


@pytest.fixture(scope="session")
def survey_core() -> Path:
    """The folder in which the real survey-core is installed, once for all runs."""
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("node and npm are not installed; CI has them")
    folder = Path(__file__).parents[2] / ".cache" / "survey-core"
    folder.mkdir(parents=True, exist_ok=True)
    wanted = (NODE / "package.json").read_text(encoding="utf-8")
    if not (folder / "package.json").exists() or (folder / "package.json").read_text(encoding="utf-8") != wanted:
        draft = folder.with_name(f"survey-core-{os.getpid()}")
        draft.mkdir()
        (draft / "package.json").write_text(wanted, encoding="utf-8")
        subprocess.run([npm, "install", "--no-audit", "--no-fund", "--no-package-lock"], cwd=draft, check=True)
        shutil.rmtree(folder, ignore_errors=True)
        draft.rename(folder)
    return folder


def in_survey_core(folder: Path, survey: bytes, locale: str = "-", answers: object = None) -> dict[str, Any]:
    """What the real survey-core says of a survey."""
    file = folder / f"survey-{os.getpid()}.json"
    file.write_bytes(survey)
    shutil.copy(NODE / "load.cjs", folder / "load.cjs")
    command = ["node", "load.cjs", str(file), locale, *([json.dumps(answers)] if answers is not None else [])]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    told: dict[str, Any] = json.loads(done.stdout)
    return told


@pytest.mark.parametrize("instrument_id", instrument_ids())
def test_survey_core_loads_the_survey_without_an_error(instrument_id: str, survey_core: Path) -> None:
    instrument = load_instrument(instrument_id)
    told = in_survey_core(survey_core, export_instrument(instrument, "surveyjs").content)
    assert told["errors"] == []
    rated = [column for column in instrument.columns if isinstance(_battery(instrument, column.battery), RatingBattery)]
    assert told["rows"] == [instrument.wording(column, None) for column in rated]


def test_survey_core_speaks_the_other_language_and_follows_skip_rules(survey_core: Path) -> None:
    survey = export_instrument(load_instrument("e-recs-qual"), "surveyjs").content
    german = in_survey_core(survey_core, survey, "de")
    assert german["title"] == load_instrument("e-recs-qual").texts["de"].fill(
        load_instrument("e-recs-qual").texts["de"].title
    )
    screening = next(
        (key, battery.items[0])
        for key, battery in load_instrument("e-recs-qual").definition.batteries.items()
        if isinstance(battery, ChoiceBattery)
    )
    shown = [
        set(in_survey_core(survey_core, survey, "-", {screening[1].id: option})["visible"])
        for option in screening[1].options
    ]
    assert shown[0] != shown[1]


def test_survey_core_wants_the_points_to_add_up_and_options_to_differ(survey_core: Path) -> None:
    instrument = load_instrument("servqual")
    survey = export_instrument(instrument, "surveyjs").content
    ratings = {
        key: dict.fromkeys(instrument.asked_in(key), 5)
        for key, battery in instrument.definition.batteries.items()
        if isinstance(battery, RatingBattery)
    }
    dimensions = instrument.asked_in("importance")
    right = dict(zip(dimensions, (20, 20, 20, 20, 20), strict=True))
    wrong = right | {dimensions[0]: 30}
    assert in_survey_core(survey_core, survey, "-", ratings | {"importance": right})["valid"] is True
    assert in_survey_core(survey_core, survey, "-", ratings | {"importance": wrong})["valid"] is False
    twice = {"most_important": "empathy", "second_important": "empathy"}
    assert in_survey_core(survey_core, survey, "-", ratings | twice)["valid"] is False


@pytest.mark.parametrize("instrument_id", instrument_ids())
def test_surveyjs_comes_back_with_every_item_and_wording(instrument_id: str, tmp_path: Path) -> None:
    instrument = load_instrument(instrument_id)
    path = tmp_path / "back.json"
    path.write_bytes(export_instrument(instrument, "surveyjs").content)
    imported = import_instrument(path, year=YEAR)
    folder = tmp_path / "back"
    write_instrument(imported.instrument, folder, imported.lost)
    assert check_instrument(folder) == []
    for locale in instrument.texts:
        rated = [c for c in instrument.columns if isinstance(_battery(instrument, c.battery), RatingBattery)]
        back = [
            c
            for c in imported.instrument.columns
            if isinstance(_battery(imported.instrument, c.battery), RatingBattery)
        ]
        assert [imported.instrument.wording(c, locale) for c in back] == [instrument.wording(c, locale) for c in rated]


@pytest.mark.parametrize("instrument_id", instrument_ids())
def test_limesurvey_lines_are_the_same_in_every_language_and_carry_every_item(instrument_id: str) -> None:
    instrument = load_instrument(instrument_id)
    text = export_instrument(instrument, "limesurvey").content.decode("utf-8-sig")
    lines = list(csv.DictReader(io.StringIO(text), delimiter="\t"))
    by_language = {
        locale: [line for line in lines if line["language"] == locale and line["class"] in {"G", "Q", "SQ", "A"}]
        for locale in instrument.definition.locales
    }
    shapes = {
        tuple((line["class"], line["id"], line["type/scale"], line["relevance"]) for line in found)
        for found in by_language.values()
    }
    assert len(shapes) == 1
    for locale, found in by_language.items():
        texts = [line["text"] for line in found]
        for column in instrument.columns:
            if not hasattr(_battery(instrument, column.battery), "total"):
                assert instrument.wording(column, locale) in texts
        codes = [line["name"] for line in found if line["class"] == "Q"]
        assert len(set(codes)) == len(codes)
        assert all(code.isalnum() and code[0].isalpha() and len(code) <= 20 for code in codes)
        assert all(len(line["name"]) <= 5 for line in found if line["class"] == "A")


def test_what_a_format_cannot_carry_is_listed() -> None:
    servqual = load_instrument("servqual")
    for to in EXPORTS:
        told = "\n".join(export_instrument(servqual, to).lost)
        assert "Scores (gap, perception)" in told
        assert "tangibles" in told
        assert "before or after" in told
    assert "chosen twice" in "\n".join(export_instrument(servqual, "limesurvey").lost)
    mystery = "\n".join(export_instrument(load_instrument("mystery-shopping"), "limesurvey").lost)
    assert "Evidence" in mystery
    assert "Weights of items" in mystery


def _battery(instrument: Any, battery_id: str) -> object:
    return instrument.definition.batteries[battery_id]
