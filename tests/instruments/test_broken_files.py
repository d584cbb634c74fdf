"""A file that cannot be read, or is unlike the format, gets one sentence per problem with file, line and fix."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from servq.errors import InstrumentInvalid
from servq.instruments import check_instrument, load_instrument
from servq.instruments.yaml_reading import MAX_BYTES, read_yaml

Copied = Callable[[str], Path]

UNREADABLE = {
    "empty file": (b"", 1, "is empty"),
    "blank lines": (b"\n\n  \n", 1, "is empty"),
    "comments only": (b"# to do\n", 1, "comments only"),
    "latin-1": ("id: nps\nauthors: Müller\n".encode("latin-1"), 2, "Byte 0xfc is not UTF-8"),
    "utf-16": ("id: nps\n".encode("utf-16"), 1, "UTF-16"),
    "control character": (b"id: nps\ntitle: a\x07b\n", 2, "U+0007 in column 9"),
    "null byte": (b"id: nps\x00\n", 1, "U+0000"),
    "tab": (b"scales:\n\tanswer: 1\n", 2, "indented with a tab"),
    "unclosed list": (b"id: nps\nlocales: [en\nscales: 1\n", 3, "not valid YAML"),
    "indentation": (b"id: nps\n  title: x\n", 2, "not valid YAML"),
    "second colon": (b"id: nps\ntitle: One: two\n", 2, '": " in double quotes'),
    "placeholder first": (b"a: 1\nb: {organisation} works\n", 2, "begins with { in double quotes"),
    "star without quotes": (b"a: 1\n*: x\n", 2, "* or &"),
    "two documents": (b"id: nps\n---\nid: ces\n", 2, "Keep one document"),
    "key twice": (b"id: nps\ntitle: x\nid: ces\n", 3, 'Key "id" is there twice (first on line 1)'),
    "alias": (b"a: &x [1]\nb: *x\n", 1, "alias"),
    "key that is a list": (b"a: 1\n? [b]\n: 2\n", 2, "not a plain word"),
    "unclosed brackets": (b"[" * 100_000, 1, "levels deep"),
    "deep nesting": (b"a: " + b"[" * 500 + b"]" * 500, 1, "levels deep"),
}


@pytest.mark.parametrize("case", UNREADABLE)
def test_unreadable_file_is_one_problem_with_line_and_fix(case: str, tmp_path: Path) -> None:
    raw, line, says = UNREADABLE[case]
    path = tmp_path / "instrument.yaml"
    path.write_bytes(raw)
    document = read_yaml(path)
    assert document.content is None
    (problem,) = document.problems
    assert (problem.file, problem.line) == (str(path), line)
    assert says in str(problem)
    assert problem.fix
    assert str(problem).count("\n") == 0


def test_missing_folder_and_oversized_file_are_problems(tmp_path: Path) -> None:
    (problem,) = read_yaml(tmp_path / "gone.yaml").problems
    assert "no such file" in problem.message
    (tmp_path / "big.yaml").write_bytes(b"a: " + b"x" * MAX_BYTES)
    (problem,) = read_yaml(tmp_path / "big.yaml").problems
    assert "below 1 MB" in problem.fix
    (problem,) = read_yaml(tmp_path).problems
    assert "cannot be read" in problem.message


def test_words_and_dates_stay_texts_and_numbers_become_numbers(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text("[no, on, yes, 2024-01-01, 0x1, 1_0, 1, -2, 0.5, true, null, '1', 1e3]", encoding="utf-8")
    assert read_yaml(path).content == [
        "no", "on", "yes", "2024-01-01", "0x1", "1_0", 1, -2, 0.5, True, None, "1", "1e3",
    ]  # fmt: skip


def test_byte_order_mark_and_windows_line_ends_are_accepted(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_bytes(b"\xef\xbb\xbfa: 1\r\nb:\r\n  c: 2\r\n")
    document = read_yaml(path)
    assert document.content == {"a": 1, "b": {"c": 2}}
    assert document.line(("b", "c")) == 3


STRUCTURE = {
    "number for a text": ('version: "1.1"', "version: 1.1", "version", 'not 1.1. Put it in quotes: "1.1".'),
    "text for a number": ("low: 0", "low: zero", "low:", 'scales.answer.low must be a whole number, not "zero".'),
    "quoted number": ("low: 0", 'low: "0"', "low:", "Write it without quotes."),
    "text for a list": ("audiences: [customer]", "audiences: customer", "audiences", "audiences must be a list"),
    "nothing": ("field: any product or service", "field:", "field", "field must be a text, not nothing."),
    "mistyped key": ("moment:", "momnt:", "momnt", 'unknown in batteries.rating. Did you mean "moment"?'),
    "alien key": ("moment:", "hue:", "hue", "Delete it; allowed here: asked_if, columns, kind, moment,"),
    "missing key": ("    columns: nps\n", "", "  rating:", 'lacks "columns". Add columns: Names of the data columns'),
    "unknown choice": ("moment: after", "moment: aftr", "moment", 'Did you mean "after"?'),
    "no near choice": ("moment: after", "moment: 7", "moment", "Write after, any or before."),
    "unknown kind": ("kind: rating", "kind: matrix", "kind", 'has the unknown kind "matrix". Write kind: '),
    "no kind": ("    kind: rating\n", "", "  rating:", 'batteries.rating lacks "kind".'),
    "no mapping": ("{kind: net_promoter, id: nps, battery: rating, item: recommend}", "nps", "- nps", "kind: gap,"),
    "malformed id": ("id: recommend", "id: Recommend!", "Recommend!", "Use lower-case letters"),
    "malformed locale": ("[en, de, ", "[en, German, ", "German", "Use a language tag"),
    "malformed DOI": ("    year", "    doi: https://doi.org/1\n    year", "doi", "Write the DOI as it begins"),
    "empty text": ("field: any product or service", 'field: ""', "field", "field is empty."),
    "empty list": ("audiences: [customer]", "audiences: []", "audiences", "audiences is empty."),
    "negative point": ("low: 0", "low: -1", "low:", "scales.answer.low is -1, below 0. Give 0 or more."),
    "too small": (
        "id: reason_passive",
        "id: reason_passive\n    max_length: 0",
        "max_length",
        "is 0, below 1. Give 1 or more.",
    ),
    "too large": ("high: 10", "high: 1000", "high", "is 1000, above 100."),
    "far too large": ("high: 10", "high: 1" + 5000 * "0", "high", "high must be a whole number"),
    "share of nothing": ("scores:", "missing: {minimum_share: 0}\nscores:", "missing", "Give a number above 0."),
}


@pytest.mark.parametrize("case", STRUCTURE)
def test_unlike_the_format_is_explained_at_its_line(case: str, copied: Copied) -> None:
    old, new, line_with, says = STRUCTURE[case]
    path = copied("nps") / "instrument.yaml"
    text = path.read_text(encoding="utf-8")
    assert text.count(old) >= 1
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    (problem,) = check_instrument(path.parent)
    assert says in str(problem)
    assert problem.fix
    assert problem.file == str(path)
    assert problem.line is not None
    assert line_with in path.read_text(encoding="utf-8").splitlines()[problem.line - 1]


@pytest.mark.parametrize("content", ["- a\n- b\n", "hello\n", "3\n"])
def test_file_that_is_no_mapping_is_refused(content: str, copied: Copied) -> None:
    path = copied("nps") / "instrument.yaml"
    path.write_text(content, encoding="utf-8")
    (problem,) = check_instrument(path)
    assert "must be a mapping of keys and values" in str(problem)


def test_point_that_is_no_number_is_refused_where_it_stands(copied: Copied) -> None:
    path = copied("nps") / "text.en.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("10: Very likely", "ten: Very likely"), encoding="utf-8")
    (problem,) = check_instrument(path)
    assert (problem.line, problem.fix) == (13, "Use a whole number.")


def test_problems_of_all_files_come_together_and_stop_loading(copied: Copied) -> None:
    folder = copied("nps")
    for name, old, new in (
        ("instrument.yaml", "low: 0", "low: zero"),
        ("instrument.yaml", "moment: after", "moment: later"),
        ("text.en.yaml", "thanks:", "thank:"),
        ("text.de.yaml", "locale: de", "locale: Deutsch"),
    ):
        path = folder / name
        path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    with pytest.raises(InstrumentInvalid) as caught:
        load_instrument(folder)
    places = [problem.where.removeprefix(f"{folder}/") for problem in caught.value.problems]
    assert places == ["instrument.yaml:21", "instrument.yaml:29", "text.de.yaml:1", "text.en.yaml:1", "text.en.yaml:4"]


def test_folder_without_an_instrument_says_what_to_add(tmp_path: Path) -> None:
    with pytest.raises(InstrumentInvalid, match=r"instrument\.yaml: There is no such file\. Add instrument\.yaml\."):
        load_instrument(tmp_path)
