from __future__ import annotations

import ast
import string
from collections.abc import Iterator
from pathlib import Path

import jinja2
import pytest
from babel import Locale
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
    for part in ("answer", "assisted", "feedback"):
        for path in (PACKAGE / "web" / part).glob("*.py"):
            said.update(code_said(path, "say"))
            said.update(code_said(path, "Message"))
    for name in ("answers.py", "evidence_files.py", "feedback.py"):
        said.update(code_said(PACKAGE / "responses" / name, "Message"))
    return said


def counted_said() -> set[str]:
    """What is said of a number of things: the English text for one, by which its plural forms are found."""
    said = set()
    for path in (PACKAGE / "web" / "templates").rglob("*.j2"):
        tree = jinja2.Environment(autoescape=True).parse(path.read_text())
        for call in tree.find_all(nodes.Call):
            if isinstance(call.node, nodes.Name) and call.node.name == "_n":
                said.add(call.args[0].as_const())
    return said


def placeholders(template: str) -> set[str | None]:
    return {name for _, name, _, _ in string.Formatter().parse(template) if name is not None}


def test_there_are_texts_to_translate_and_languages_to_translate_them_into() -> None:
    assert len(everything_said()) > 50
    assert len(counted_said()) >= 3
    assert set(LANGUAGES) >= {"ar", "de", "es", "fr", "hi"}
    assert set(LANGUAGES) | {"en"} == set(notices.INTERFACE_LOCALES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_of_the_respondent_pages_is_translated(language: str) -> None:
    said = translator(language, "web")
    assert sorted(everything_said() - said.entries.keys()) == []
    assert sorted(counted_said() - said.plurals.keys()) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_translation_is_left_over(language: str) -> None:
    said = translator(language, "web")
    assert sorted(said.entries.keys() - everything_said()) == []
    assert sorted(said.plurals.keys() - counted_said()) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_translations_fill_in_the_same_values_as_the_source(language: str) -> None:
    said = translator(language, "web")
    assert [text for text, told in said.entries.items() if placeholders(text) != placeholders(told)] == []
    for one, forms in said.plurals.items():
        for form in forms:  # a language may have a word of its own for one or two of a thing
            assert placeholders(one) - {"n"} <= placeholders(form) <= placeholders(one), form


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_number_takes_the_plural_form_that_unicode_gives_it(language: str) -> None:
    said = translator(language, "web")
    rule = Locale.parse(language).plural_form
    forms: dict[str, set[int]] = {}
    for n in range(2000):
        forms.setdefault(rule(n), set()).add(said.plural_form(n))
    assert all(len(used) == 1 for used in forms.values()), forms
    assert len({form for used in forms.values() for form in used}) == len(forms)
    assert all(len(each) == len(forms) for each in said.plurals.values())


def test_arabic_says_two_questions_in_one_word_and_counts_few_and_many_differently() -> None:
    counted = translator("ar", "web").counted
    source = ("{n} question, about {minutes} min", "{n} questions, about {minutes} min")
    assert [counted(*source, n, minutes=1).split("،")[0] for n in (1, 2, 5, 22, 103, 100)] == [
        "سؤال واحد",
        "سؤالان",
        "5 أسئلة",
        "22 سؤالًا",
        "103 أسئلة",
        "100 سؤال",
    ]


def test_without_a_catalogue_english_counts() -> None:
    counted = translator("en", "web").counted
    assert [counted("{n} page", "{n} pages", n) for n in (0, 1, 2)] == ["0 pages", "1 page", "2 pages"]
