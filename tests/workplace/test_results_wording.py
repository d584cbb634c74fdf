"""Every sentence that the pages of results say from code is there in German and Arabic, with the same names in it."""

from __future__ import annotations

import ast
import string
from collections.abc import Iterator
from pathlib import Path

import pytest

import servq
from servq.translation import translator

PACKAGE = Path(servq.__file__).parent
FOLDERS = (PACKAGE / "web" / "manage" / "results", PACKAGE / "targets")


def sentences() -> Iterator[str]:
    """What is said by `Message`, and by `t` where that is the catalogue of the pages and not that of the report."""
    for folder in FOLDERS:
        for path in folder.glob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and node.args and _says(node.func):
                    first = node.args[0]
                    for part in (first.body, first.orelse) if isinstance(first, ast.IfExp) else (first,):
                        if isinstance(part, ast.Constant) and isinstance(part.value, str):
                            yield part.value


def _says(function: ast.expr) -> bool:
    name = function.id if isinstance(function, ast.Name) else getattr(function, "attr", "")
    return name in {"Message", "t"}


def names_of(template: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(template) if name}


@pytest.mark.parametrize("language", ["de", "ar"])
def test_what_code_says_is_translated(language: str) -> None:
    entries = translator(language, "results").entries
    said = set(sentences())
    assert len(said) > 150
    assert sorted(said - entries.keys()) == [], f"add to locales/{language}/LC_MESSAGES/results.po"
    assert [one for one in said if names_of(one) != names_of(entries[one])] == []
