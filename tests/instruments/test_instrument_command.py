"""``servq instrument``: what it prints and with which exit code."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from servq.cli import main
from servq.commands.instrument import instrument
from servq.instruments import instrument_ids, load_instrument
from servq.instruments.sheet import render_sheet
from servq.locations import instruments_folder

Copied = Callable[[str], Path]


def run(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(instrument, list(arguments))
    return result.exit_code, result.stdout, result.stderr


def test_list_has_one_aligned_line_per_instrument() -> None:
    code, out, _ = run("list")
    head, *rows = out.splitlines()
    assert code == 0
    assert [row.split()[0] for row in rows] == instrument_ids()
    assert all(row.index("en, de") == head.index("LANGUAGES") for row in rows)
    assert "SERVQUAL, 1991 form" in out


@pytest.mark.parametrize("locale", ["en", "de"])
@pytest.mark.parametrize("instrument_id", instrument_ids())
def test_show_has_every_item_the_scoring_the_source_and_the_rights(instrument_id: str, locale: str) -> None:
    code, out, _ = run("show", instrument_id, "--locale", locale)
    shown = load_instrument(instrument_id)
    flat = " ".join(out.split())
    assert code == 0
    assert out == render_sheet(shown, locale)
    assert max(map(len, out.splitlines())) <= 100
    for column in shown.columns:
        if column.item in shown.texts[locale].items:
            assert shown.wording(column, locale) in flat
            assert shown.column_name(column) in flat
    for part in (*(score.id for score in shown.definition.scores), str(shown.definition.citation[0].year)):
        assert part in flat
    assert shown.definition.rights.note in flat


def test_show_says_how_effort_is_scored_in_both_directions() -> None:
    assert "percentage on 5–7" in run("show", "ces")[1]
    assert "percentage on 1–2" in run("show", "ces-1")[1]


def test_show_in_a_language_that_is_missing_names_those_there_are() -> None:
    code, _, err = run("show", "nps", "--locale", "pt")
    assert code == 2
    assert "it has en, de, es, fr, hi, ar" in err


def test_check_of_sound_files_is_one_line(copied: Copied) -> None:
    folder = copied("nps")
    for path in (folder, folder / "text.de.yaml", instruments_folder(), instruments_folder() / "renamed.yaml"):
        assert run("check", str(path)) == (0, f"{path}: no problems.\n", "")


def test_check_of_broken_files_prints_every_problem_and_exits_with_2(copied: Copied) -> None:
    folder = copied("nps")
    (folder / "SOURCE.md").write_text("", encoding="utf-8")
    (folder / "notes.txt").write_text("", encoding="utf-8")
    code, out, err = run("check", str(folder))
    assert (code, out) == (2, "")
    assert err.splitlines() == [
        f"{folder}/SOURCE.md:1: The file is empty. Write citation, rights and constructs.",
        f"{folder}/notes.txt: The file does not belong to an instrument. Move it elsewhere, or delete it.",
        f"{folder}: 2 problems.",
    ]


def test_check_of_an_overlay_checks_it_against_its_instrument(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("instrument: nps\nlocale: en\nrights: x\nitems: {recomend: {rating: x}}\n", encoding="utf-8")
    code, _, err = run("check", str(path))
    assert code == 2
    assert f'{path}:4: "nps" has no "recomend" among its items. Use one of: recommend.' in err


@pytest.mark.parametrize("arguments", [["show", "servqal"], ["check", "nowhere"]])
def test_unknown_instrument_is_one_sentence_and_exit_code_2(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["instrument", *arguments])
    assert caught.value.code == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("servq: ")
    assert err.count("\n") == 1


@pytest.mark.parametrize("kind", ["instrument", "texts", "wording"])
def test_schema_prints_json(kind: str) -> None:
    code, out, _ = run("schema", "--of", kind)
    assert code == 0
    assert json.loads(out)["$schema"].endswith("2020-12/schema")


def test_schema_prints_the_reference_of_the_fields() -> None:
    code, out, _ = run("schema", "--of", "wording", "--markdown")
    assert code == 0
    assert "| `rights` | text | required |" in out


def test_diff_tells_structure_from_texts() -> None:
    code, out, _ = run("diff", "nps", "nps")
    assert code == 0
    assert out.startswith("Structure and scoring\n  no difference\nTexts and notes\n  no difference\n")
    assert "Scores stay comparable" in out
    code, out, _ = run("diff", "servqual", "servqual-1988")
    assert "not comparable" in out
    structure, texts = out.split("Texts and notes")
    assert code == 0
    assert "~ items.emp_22.reversed: false → true" in structure
    assert "text.de.items.tan_1.perception" in texts
