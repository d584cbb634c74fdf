"""docs/instruments.md is complete and its examples work."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from servq.instruments import Column, check_instrument, check_path, check_wording, load_instrument
from servq.instruments.reference import TITLES, render_fields, render_rules
from servq.instruments.structure import FileKind

PAGE = Path(__file__).parents[2] / "docs" / "instruments.md"


@pytest.fixture
def examples(tmp_path: Path) -> Path:
    """Write every named code block of the page to a file of that name."""
    blocks = re.findall(
        r"^`([\w/.-]+)`\n\n```\w+\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    )
    for name, content in blocks:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(content, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("kind", TITLES)
def test_page_has_the_reference_of_every_field(kind: FileKind) -> None:
    assert render_fields(kind) in PAGE.read_text(encoding="utf-8"), f"servq instrument schema --of {kind} --markdown"


def test_page_has_every_rule() -> None:
    assert render_rules() in PAGE.read_text(encoding="utf-8")


def test_worked_example_is_sound(examples: Path) -> None:
    assert check_instrument(examples / "cafe") == []
    cafe = load_instrument(examples / "cafe")
    assert [cafe.column_name(column) for column in cafe.columns] == ["p01", "p02", "p03", "p04"]


def test_example_of_an_overlay_works(examples: Path) -> None:
    overlay = examples / "hotel.yaml"
    assert check_wording(overlay) == []
    servqual = load_instrument("servqual", wording=overlay)
    assert servqual.definition.rights.wording == "own"
    assert servqual.wording(Column("perception", "tan_1"), "en") == "My room at the company had modern equipment."


def test_example_of_an_adaptation_works(examples: Path) -> None:
    path = examples / "hotel-stay.yaml"
    assert check_path(path) == []
    hotel = load_instrument(path)
    assert [item.id for item in hotel.items_of("tangibles")] == ["tan_1", "tan_2", "tan_3", "tan_23"]
