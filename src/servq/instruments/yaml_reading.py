"""Read one YAML file into plain values and remember the line of each.

Only the part of YAML that a person means when writing an instrument is accepted: mappings, lists, texts, numbers,
true and false. So ``no``, ``on`` or a date stay the text they look like, and a file cannot point back into itself.
This module knows nothing of instruments.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from servq.errors import Problem

ValuePath = tuple[str | int, ...]
"""Keys and list positions from the top of the file down to a value."""

MAX_BYTES = 1_000_000
"""Far above any questionnaire; a larger file is not one."""

MAX_DEPTH = 20
"""An instrument needs 5; without a limit, a file of brackets exhausts the parser's stack and ends the process."""

_LOADER: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]")
_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]{0,299})")  # Python reads no integer of thousands of digits
_DECIMAL = re.compile(r"[-+]?(0|[1-9][0-9]*)?\.[0-9]+([eE][-+]?[0-9]+)?")
_WORDS = {"true": True, "false": False, "null": None, "~": None, "": None}


@dataclass(frozen=True)
class Document:
    """One file's content: plain values, and the line on which each begins.

    Parameters
    ----------
    shown
        Name of the file as the person who asked would write it.
    content
        Dicts with text keys, lists, texts, numbers, booleans and None; None when the file could not be read.
    lines
        Line by path; a mapping's entry has the line of its key.
    problems
        What makes the file unreadable.
    """

    shown: str
    content: object = None
    lines: dict[ValuePath, int] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()

    def line(self, path: ValuePath) -> int:
        """Line of the value at `path`, or of the nearest value above it that the file contains."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)

    def problem(self, path: ValuePath, message: str, fix: str) -> Problem:
        """Make a problem that points at the value at `path`."""
        return Problem(message, fix, file=self.shown, line=self.line(path))


def read_yaml(path: Path, shown: str | None = None) -> Document:
    """Read a YAML file; whatever is wrong with it is in the document's problems.

    Parameters
    ----------
    path
        The file.
    shown
        Its name in problems; the path itself when left out.
    """
    name = shown or str(path)
    try:
        if (size := path.stat().st_size) > MAX_BYTES:
            fix = f"Keep an instrument's file below {MAX_BYTES // 1_000_000} MB."
            return Document(name, problems=(Problem(f"The file has {size / 1e6:.1f} MB.", fix, file=name),))
        raw = path.read_bytes()
    except FileNotFoundError:
        return Document(name, problems=(Problem("There is no such file.", f"Add {path.name}.", file=name),))
    except OSError as error:
        fix = "Make it a file that you may read."
        return Document(name, problems=(Problem(f"It cannot be read: {error.strerror}.", fix, file=name),))
    text, problems = _decode(raw, name)
    if problems:
        return Document(name, problems=problems)
    return _parse(text, name)


def _decode(raw: bytes, name: str) -> tuple[str, tuple[Problem, ...]]:
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "", (Problem("The file is in UTF-16.", "Save it as UTF-8.", file=name, line=1),)
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        message = f"Byte 0x{raw[error.start]:02x} is not UTF-8."
        return "", (Problem(message, "Save the file as UTF-8.", file=name, line=line),)
    if not text.strip():
        return "", (Problem("The file is empty.", "Fill it, or delete it.", file=name, line=1),)
    return text, tuple(_unwanted_characters(text, name))


def _unwanted_characters(text: str, name: str) -> list[Problem]:
    problems = []
    for number, line in enumerate(re.split(r"\r\n|\r|\n", text), start=1):
        if found := _CONTROL.search(line):
            message = f"Control character U+{ord(found.group()):04X} in column {found.start() + 1}."
            problems.append(Problem(message, "Delete it.", file=name, line=number))
        if re.match(r" *\t", line) and line.strip():
            problems.append(Problem("The line is indented with a tab.", "Indent with spaces.", file=name, line=number))
    return problems


def _parse(text: str, name: str) -> Document:
    loader = _LOADER(text)
    try:
        if line := _line_too_deep(text):
            message = f"The file is nested more than {MAX_DEPTH} levels deep."
            problem = Problem(message, "Put a text with brackets in double quotes.", file=name, line=line)
            return Document(name, problems=(problem,))
        node = loader.get_single_node()
    except yaml.MarkedYAMLError as error:
        return Document(name, problems=(_broken(error, text, name),))
    except yaml.YAMLError as error:
        message = f"The file is not valid YAML ({str(error).splitlines()[0]})."
        return Document(name, problems=(Problem(message, "Correct its layout.", file=name, line=1),))
    finally:
        loader.dispose()
    if node is None:
        problem = Problem("The file has comments only.", "Fill it, or delete it.", file=name, line=1)
        return Document(name, problems=(problem,))
    reading = _Reading(name)
    content = reading.value(node, ())
    if reading.problems:
        return Document(name, problems=tuple(reading.problems))
    return Document(name, content, reading.lines)


def _line_too_deep(text: str) -> int | None:
    depth = 0
    for event in yaml.parse(text, Loader=_LOADER):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > MAX_DEPTH:
                return event.start_mark.line + 1 if event.start_mark is not None else 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
    return None


def _broken(error: yaml.MarkedYAMLError, text: str, name: str) -> Problem:
    mark = error.problem_mark or error.context_mark
    line = mark.line + 1 if mark is not None else 1
    lines = text.splitlines()
    source = lines[line - 1] if line <= len(lines) else ""
    what = error.problem or error.context or "unexpected layout"
    fix = "Check the indentation of this line and of the line above."
    if re.search(r":\s+\{\w+\}", "\n".join(lines[max(line - 2, 0) : line])):
        fix = "Put a text that begins with { in double quotes."
    elif source.count(": ") > 1:
        fix = 'Put a text that contains ": " in double quotes.'
    elif source.lstrip(" -").startswith(("*", "&")) or "alias" in what:
        fix = "Put a text that begins with * or & in double quotes."
    elif "document" in what:
        fix = "Keep one document in the file: delete the line that begins with --- or ...."
    return Problem(f"The file is not valid YAML here ({what}).", fix, file=name, line=line)


class _Reading:
    """One walk over the node tree."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.lines: dict[ValuePath, int] = {}
        self.problems: list[Problem] = []
        self._seen: set[int] = set()

    def value(self, node: yaml.Node, path: ValuePath) -> object:
        self.lines.setdefault(path, node.start_mark.line + 1)
        if id(node) in self._seen:
            self._add(node, "An alias (*) repeats another part of the file.", "Write the content out.")
            return None
        self._seen.add(id(node))
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return [self.value(child, (*path, position)) for position, child in enumerate(node.value)]
        return _scalar(node)

    def _mapping(self, node: yaml.MappingNode, path: ValuePath) -> dict[str, object]:
        content: dict[str, object] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                self._add(
                    key_node, "A key is not a plain word.", "Put a text that begins with { or [ in double quotes."
                )
                continue
            key = str(key_node.value)
            if key in content:
                first = self.lines[*path, key]
                self._add(key_node, f'Key "{key}" is there twice (first on line {first}).', "Delete or rename one.")
                continue
            self.lines[*path, key] = key_node.start_mark.line + 1
            content[key] = self.value(value_node, (*path, key))
        return content

    def _add(self, node: yaml.Node, message: str, fix: str) -> None:
        self.problems.append(Problem(message, fix, file=self.name, line=node.start_mark.line + 1))


def _scalar(node: yaml.Node) -> str | int | float | bool | None:
    text = str(node.value)
    if isinstance(node, yaml.ScalarNode) and node.style:
        return text
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    if _DECIMAL.fullmatch(text):
        return float(text)
    return text
