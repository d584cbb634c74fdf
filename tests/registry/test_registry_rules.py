"""Rules across instruments: each fails on a registry that breaks it, and only that one fails."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from servq.errors import Problem
from servq.instruments import check_registry
from servq.instruments.rules import REGISTRY_RULES
from servq.instruments.rules.registry import Registry
from servq.instruments.sources import read_source
from servq.instruments.yaml_reading import read_yaml

Edit = Callable[[Path, str, str], None]


@pytest.fixture
def registry(tmp_path: Path, make_small: Callable[[Path], Path], edit: Edit) -> Path:
    folder = tmp_path / "registry"
    make_small(folder / "small")
    other = make_small(folder / "other")
    edit(other / "instrument.yaml", "id: small", "id: other")
    edit(other / "instrument.yaml", "title: A small instrument", "title: Another instrument")
    (folder / "renamed.yaml").write_text("# old id: new id\ntiny: small\n", encoding="utf-8")
    return folder


def broken_rules(folder: Path) -> dict[str, list[Problem]]:
    sources = {
        child.name: source
        for child in sorted(folder.iterdir())
        if (child / "instrument.yaml").is_file() and (source := read_source(child)[0]) is not None
    }
    read = Registry(folder, sources, read_yaml(folder / "renamed.yaml"))
    return {rule.__name__: problems for rule in REGISTRY_RULES if (problems := list(rule(read)))}


def test_sound_registry_has_no_problems(registry: Path) -> None:
    assert check_registry(registry) == []


def test_two_instruments_with_one_id(registry: Path, edit: Edit) -> None:
    edit(registry / "small/instrument.yaml", "id: small", "id: other")
    ((rule, (problem,)),) = broken_rules(registry).items()
    assert rule == "ids_are_unique_in_registry"
    assert (problem.file, problem.line) == (str(registry / "small/instrument.yaml"), 1)


def test_two_instruments_with_one_title(registry: Path, edit: Edit) -> None:
    edit(registry / "small/instrument.yaml", "title: A small instrument", "title: another instrument")
    ((rule, (problem,)),) = broken_rules(registry).items()
    assert rule == "titles_are_unique_in_registry"
    assert (problem.file, problem.line) == (str(registry / "small/instrument.yaml"), 3)


@pytest.mark.parametrize(("line", "says"), [("old: gone", "not an instrument"), ("other: small", "at once")])
def test_renaming_that_leads_nowhere_or_hides_an_instrument(registry: Path, line: str, says: str) -> None:
    with (registry / "renamed.yaml").open("a", encoding="utf-8") as file:
        file.write(line + "\n")
    ((rule, (problem,)),) = broken_rules(registry).items()
    assert rule == "renamings_lead_to_instruments"
    assert (problem.file, problem.line) == (str(registry / "renamed.yaml"), 3)
    assert says in problem.message


@pytest.mark.parametrize("content", ["- tiny\n", "tiny: [small]\n"])
def test_renamings_that_are_no_pairs(registry: Path, content: str) -> None:
    (registry / "renamed.yaml").write_text(content, encoding="utf-8")
    ((rule, (problem,)),) = broken_rules(registry).items()
    assert rule == "renamings_are_pairs_of_ids"
    assert (problem.file, problem.line) == (str(registry / "renamed.yaml"), 1)


@pytest.mark.parametrize("name", ["notes.txt", "half/text.en.yaml"])
def test_stray_file_or_half_an_instrument_in_the_registry(registry: Path, name: str) -> None:
    (registry / name).parent.mkdir(exist_ok=True)
    (registry / name).write_text("x", encoding="utf-8")
    ((rule, (problem,)),) = broken_rules(registry).items()
    assert rule == "registry_has_no_stray_files"
    assert problem.file == str(registry / Path(name).parts[0])


def test_check_reports_what_each_rule_of_the_registry_and_each_instrument_finds(registry: Path, edit: Edit) -> None:
    edit(registry / "small/instrument.yaml", "id: small", "id: other")
    edit(registry / "other/text.de.yaml", "5: Fully", "6: Fully")
    (registry / "renamed.yaml").write_text("a: b: c\n", encoding="utf-8")
    messages = [str(problem) for problem in check_registry(registry)]
    assert len(messages) == 4  # folder name, id twice, point 6, broken renamed.yaml
    assert sum("renamed.yaml:1" in message for message in messages) == 1
