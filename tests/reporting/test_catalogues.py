"""The sentences of the report in other languages: complete, with the same parameters, and nothing left over."""

from __future__ import annotations

import ast
import string
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from jinja2 import Environment, nodes

from servq import statistics
from servq.fieldwork.words import every_word
from servq.locations import reports_folder
from servq.translation import LOCALES_FOLDER

SOURCES = Path(__file__).resolve().parents[2] / "src" / "servq"
LANGUAGES = sorted(path.name for path in LOCALES_FOLDER.iterdir() if (path / "LC_MESSAGES" / "report.po").is_file())


def modules_of(package: str) -> set[Path]:
    return set((SOURCES / package).rglob("*.py"))


def statistics_of_the_report() -> set[Path]:
    """Modules of statistics that the analysis calls, directly or through others; the rest never reaches this report."""
    found: set[Path] = set()
    waiting = modules_of("analysis")
    while waiting:
        tree = ast.parse(waiting.pop().read_text(encoding="utf-8"))
        names = [
            alias.name
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("servq.statistics")
            for alias in node.names
        ]
        names += [
            node.attr
            for node in ast.walk(tree)
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "statistics"
        ]
        owners = {getattr(getattr(statistics, name, None), "__module__", "") for name in names}
        paths = {SOURCES.parent / (owner.replace(".", "/") + ".py") for owner in owners if owner.startswith("servq.")}
        waiting |= paths - found
        found |= paths
    return found


def spoken_in_code(paths: set[Path]) -> Iterator[str]:
    for path in paths:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and node.args and _speaks(node.func):
                first = node.args[0]
                for part in (first.body, first.orelse) if isinstance(first, ast.IfExp) else (first,):
                    if isinstance(part, ast.Constant) and isinstance(part.value, str) and part.value:
                        yield part.value


def _speaks(function: ast.expr) -> bool:
    name = function.id if isinstance(function, ast.Name) else getattr(function, "attr", "")
    return name in {"Message", "t"}


def spoken_in_templates() -> Iterator[str]:
    environment = Environment(autoescape=True)
    for path in reports_folder().rglob("*.j2"):
        tree = environment.parse(path.read_text(encoding="utf-8"))
        for call in tree.find_all(nodes.Call):
            if isinstance(call.node, nodes.Name) and call.node.name == "t":
                assert isinstance(call.args[0], nodes.Const), f"{path}:{call.lineno} says something computed"
                yield call.args[0].value


def catalogue(language: str) -> dict[str, str]:
    with (LOCALES_FOLDER / language / "LC_MESSAGES" / "report.po").open("rb") as file:
        return {entry.id: entry.string for entry in read_po(file) if entry.id and not entry.fuzzy}


def parameters(template: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(template) if name}


REPORTED = statistics_of_the_report().union(
    *map(modules_of, ("analysis", "commands", "operations", "reporting", "reviewing", "scoring")),
    {SOURCES / "fieldwork" / "findings.py", SOURCES / "comments" / "reporting.py"},
)
SPOKEN = sorted({*spoken_in_code(REPORTED), *spoken_in_templates(), *every_word()} - {"{reason}"})


def test_there_are_sentences_to_translate() -> None:
    assert len(SPOKEN) > 100


def test_the_report_speaks_german_and_arabic_besides_english() -> None:
    assert {"ar", "de"} <= set(LANGUAGES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sentence_of_the_report_is_translated(language: str) -> None:
    entries = catalogue(language)
    missing = [sentence for sentence in SPOKEN if not entries.get(sentence)]
    assert not missing, "\n".join(f"msgid {sentence!r}" for sentence in missing)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_catalogue_holds_no_sentence_that_nobody_says(language: str) -> None:
    assert sorted(set(catalogue(language)) - set(SPOKEN) - set(spoken_in_code(modules_of("statistics")))) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_translation_uses_the_parameters_of_its_template(language: str) -> None:
    wrong = [source for source, said in catalogue(language).items() if parameters(source) != parameters(said)]
    assert wrong == []
