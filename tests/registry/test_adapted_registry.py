"""What the source notes promise of adaptations: open structures can be closed, and loyalty stands beside the rest."""

from __future__ import annotations

from pathlib import Path

import pytest

from servq.instruments import list_instruments, load_instrument
from servq.instruments.model import PathScore

HEAD = """adapts: {of}
id: mine
version: "1.0"
title: An adaptation
note: Made for a test.
locales: [en, de]
"""
EPSI = ("image", "expectations", "product_quality", "service_quality", "value", "satisfaction", "loyalty")
SCORES = """scores:
  - kind: path_model
    id: index
    battery: rating
    target: satisfaction
    paths:
      image: [expectations, satisfaction, loyalty]
      expectations: [product_quality, service_quality, value]
      product_quality: [value, satisfaction]
      service_quality: [value, satisfaction]
      value: [satisfaction]
      satisfaction: [loyalty]
"""
CUSTOMERS = [
    each.id
    for each in list_instruments()
    if each.definition.audiences == ("customer",) and each.id != "loyalty-intentions"
]


def adapted(folder: Path, of: str, content: str) -> Path:
    path = folder / "mine.yaml"
    path.write_text(HEAD.format(of=of) + content, encoding="utf-8")
    return path


def assigned(items: dict[str, str]) -> str:
    return "assign:\n" + "".join(f"  {item}: {dimension}\n" for item, dimension in items.items())


def test_epsi_gets_its_indices_once_somebody_assigns_the_items(tmp_path: Path) -> None:
    by_item = {f"epsi_{number}": EPSI[(number - 1) // 3] for number in range(1, 22)}
    mine = load_instrument(adapted(tmp_path, "epsi", assigned(by_item) + SCORES))
    assert {dimension.id: len(mine.items_of(dimension.id)) for dimension in mine.definition.dimensions} == (
        dict.fromkeys(EPSI, 3)
    )
    assert isinstance(mine.definition.scores[-1], PathScore)
    assert mine.definition.adaptation is not None
    assert mine.definition.adaptation.mapped


def test_hedperf_gets_its_dimensions_once_somebody_assigns_the_items(tmp_path: Path) -> None:
    dimensions = [dimension.id for dimension in load_instrument("hedperf").definition.dimensions]
    by_item = {f"hed_{number}": dimensions[number % 6] for number in range(1, 42)}
    mine = load_instrument(adapted(tmp_path, "hedperf", assigned(by_item)))
    assert sum(len(mine.items_of(dimension)) for dimension in dimensions) == 41


@pytest.mark.parametrize("instrument_id", CUSTOMERS)
def test_loyalty_intentions_stand_beside_any_instrument_for_customers(instrument_id: str, tmp_path: Path) -> None:
    mine = load_instrument(adapted(tmp_path, instrument_id, "beside: [loyalty-intentions]\n"))
    own, loyalty = load_instrument(instrument_id), load_instrument("loyalty-intentions")
    assert mine.columns == own.columns + loyalty.columns
    assert mine.definition.scores == own.definition.scores + loyalty.definition.scores
    assert mine.definition.breakdowns == loyalty.definition.breakdowns
