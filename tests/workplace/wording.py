"""What the pages of the workplace say, read from templates and code, by catalogue."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import jinja2
from jinja2 import nodes

import servq
from servq.web.manage import errors
from servq.web.manage.navigation import GROUPS

PACKAGE = Path(servq.__file__).parent
TEMPLATES = PACKAGE / "web" / "templates" / "manage"
HANDLERS = PACKAGE / "web" / "manage"
FRAME = "workplace"
BESIDES = {
    "people": (PACKAGE / "accounts",),
    "data": (PACKAGE / "answerfiles", PACKAGE / "jobs"),
    "surveys": (PACKAGE / "surveys",),
}
"""Packages whose `Message`s the pages of an area say."""


def domains() -> list[str]:
    """Every catalogue of the workplace: one for each folder of templates, and that of the frame."""
    return sorted({FRAME, *(folder.name for folder in TEMPLATES.iterdir() if folder.is_dir())})


def said_in(domain: str) -> tuple[set[str], set[str]]:
    """Return the sentences of a catalogue, and those that are said of a number of things."""
    plain: set[str] = set()
    counted: set[str] = set()
    for path in TEMPLATES.rglob("*.j2"):
        folder = path.relative_to(TEMPLATES).parts[0] if path.parent != TEMPLATES else FRAME
        for name, is_counted, text in _template_calls(path):
            if (name == "w" and domain == FRAME) or (name == "t" and domain == folder):
                (counted if is_counted else plain).add(text)
    folders = [HANDLERS / domain] if domain != FRAME else []
    for folder in (*folders, *BESIDES.get(domain, ())):
        for path in folder.rglob("*.py"):
            for is_counted, text in _code_calls(path):
                (counted if is_counted else plain).add(text)
    if domain == FRAME:
        plain.update(_frame_code())
    return plain, counted


def _template_calls(path: Path) -> Iterator[tuple[str, bool, str]]:
    tree = jinja2.Environment(autoescape=True).parse(path.read_text(encoding="utf-8"))
    for call in tree.find_all(nodes.Call):
        node, is_counted = call.node, False
        if isinstance(node, nodes.Getattr) and node.attr == "counted":
            node, is_counted = node.node, True
        if not isinstance(node, nodes.Name) or not call.args:
            continue
        argument = call.args[0]
        consts = [argument] if isinstance(argument, nodes.Const) else list(_values(argument))
        for const in consts:
            if isinstance(const.value, str):
                yield node.name, is_counted, const.value


def _values(node: nodes.Node) -> Iterator[nodes.Const]:
    """Constants that an expression may come to: of a table or a choice, never its keys."""
    if isinstance(node, nodes.Getitem) and isinstance(node.node, nodes.Dict):
        for pair in node.node.items:
            yield from pair.value.find_all(nodes.Const) if not isinstance(pair.value, nodes.Const) else [pair.value]
    elif isinstance(node, nodes.CondExpr):
        yield from (each for each in (node.expr1, node.expr2) if isinstance(each, nodes.Const))


def _code_calls(path: Path) -> Iterator[tuple[bool, str]]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        function = node.func
        is_counted = isinstance(function, ast.Attribute) and function.attr == "counted"
        if isinstance(function, ast.Call):  # say_in(viewer, "people")("Saved.")
            inner = function.func
            name = inner.id if isinstance(inner, ast.Name) and inner.id.startswith("say") else ""
        else:
            name = function.id if isinstance(function, ast.Name) else ""
        argument = node.args[0]
        is_text = isinstance(argument, ast.Constant) and isinstance(argument.value, str)
        if is_text and (is_counted or name in {"say", "Message"} or (isinstance(function, ast.Call) and name)):
            yield is_counted, argument.value


def _frame_code() -> Iterator[str]:
    for group in GROUPS:
        yield group.label
        yield from (entry.label for entry in group.entries)
    for pair in (*errors._BY_STATUS.values(), errors._OUR_FAULT, errors._BAD_INPUT):
        yield from pair
