from __future__ import annotations

import ast
import string
from collections.abc import Iterator
from pathlib import Path

import jinja2
import pytest
from jinja2 import nodes

import servq
from servq.translation import LOCALES_FOLDER, translator
from servq.web.answer import notices

PACKAGE = Path(servq.__file__).parent
LANGUAGES = sorted(path.name for path in LOCALES_FOLDER.iterdir() if (path / "LC_MESSAGES" / "web.po").is_file())


def templates_said() -> Iterator[str]:
    for path in (PACKAGE / "web" / "templates").rglob("*.j2"):
        tree = jinja2.Environment(autoescape=True).parse(path.read_text())
        for call in tree.find_all(nodes.Call):
            if isinstance(call.node, nodes.Name) and call.node.name == "_":
                yield call.args[0].as_const()


def code_said(path: Path, function: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if name == function and isinstance(node.args[0].value, str):
                yield node.args[0].value


def notices_said() -> Iterator[str]:
    pairs = [*notices._BY_ERROR.values(), *notices._BY_STATUS.values(), notices._OUR_FAULT]
    yield from (text for pair in pairs for text in pair)
    yield from (notices.NOT_SAVED, notices.NOTHING_SENT, notices.NOTHING_THERE)


def everything_said() -> set[str]:
    said = {*templates_said(), *notices_said()}
    for path in (PACKAGE / "web" / "answer").glob("*.py"):
        said.update(code_said(path, "say"))
    for name in ("answers.py", "evidence_files.py"):
        said.update(code_said(PACKAGE / "responses" / name, "Message"))
    return said


def placeholders(template: str) -> set[str | None]:
    return {name for _, name, _, _ in string.Formatter().parse(template) if name is not None}


def test_there_are_texts_to_translate_and_a_language_to_translate_them_into() -> None:
    assert len(everything_said()) > 50
    assert "de" in LANGUAGES


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_of_the_respondent_pages_is_translated(language: str) -> None:
    entries = translator(language, "web").entries
    assert sorted(everything_said() - entries.keys()) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_translation_is_left_over(language: str) -> None:
    entries = translator(language, "web").entries
    assert sorted(entries.keys() - everything_said()) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_translations_fill_in_the_same_values_as_the_source(language: str) -> None:
    entries = translator(language, "web").entries
    assert [text for text, said in entries.items() if placeholders(text) != placeholders(said)] == []
