"""A small sound instrument, written anew for each test, which the test then breaks."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

INSTRUMENT = """\
id: small
version: "1.0"
title: A small instrument
field: tests
citation:
  - authors: Author, A., & Writer, B.
    year: 1999
    title: On Small Things
    source: Journal of Small Things, 1(1), 1–2
rights:
  holder: Nobody
  wording: own
  note: Made for tests.
audiences: [customer]
locales: [en, de]

scales:
  agreement: {low: 1, high: 5, not_applicable: true}
  likelihood: {low: 0, high: 10}

batteries:
  expectation: {kind: rating, scale: agreement, columns: "e{number:02d}"}
  perception: {kind: rating, scale: agreement, columns: "p{number:02d}"}
  importance: {kind: points, total: 100, columns: "w_{dimension}"}
  recommendation: {kind: rating, scale: likelihood, columns: "{label}"}

dimensions:
  - id: warmth
  - id: speed

items:
  - {id: war_1, number: 1, dimension: warmth, batteries: [expectation, perception]}
  - {id: war_2, number: 2, dimension: warmth, batteries: [expectation, perception], reversed: true}
  - {id: spe_3, number: 3, dimension: speed, batteries: [expectation, perception]}
  - {id: nps_4, number: 4, batteries: [recommendation]}

comments:
  - id: remark

scores:
  - {kind: gap, id: gap, perception: perception, expectation: expectation, weights: importance}
  - {kind: mean, id: performance, battery: perception}
  - {kind: net_promoter, id: nps, battery: recommendation, item: nps_4}
  - {kind: top_box, id: top, battery: recommendation, item: nps_4, boxes: 2}
"""

TEXTS = """\
locale: en
title: A small questionnaire
introduction: A few statements about {organisation}.
thanks: Thank you.
placeholders:
  organisation: the company
scales:
  agreement:
    anchors:
      1: Not at all
      5: Fully
    not_applicable: Cannot say
  likelihood:
    anchors:
      0: Unlikely
      10: Likely
batteries:
  expectation: {title: Expected, instruction: What do you expect?, short: Expected}
  perception: {title: Perceived, instruction: What did you find?, short: Perceived}
  importance: {title: Important, instruction: Spread 100 points., short: Important}
  recommendation: {title: Recommended, instruction: Choose a number., short: Recommended}
dimensions:
  warmth: {name: Warmth, description: Being warm}
  speed: {name: Speed, description: Being quick}
items:
  war_1:
    expectation: They should be warm.
    perception: They are warm.
  war_2:
    expectation: They may be cold.
    perception: They are cold.
  spe_3:
    "*": Quickness matters.
  nps_4:
    recommendation: "{organisation} is worth recommending."
comments:
  remark: Anything else?
"""

SOURCE = "# A small instrument\n\nAuthor, A., & Writer, B. (1999). On Small Things.\n"


def write_small_instrument(folder: Path) -> Path:
    """Write the small instrument into `folder`; its German is English, which no rule minds."""
    folder.mkdir(parents=True)
    (folder / "instrument.yaml").write_text(INSTRUMENT, encoding="utf-8")
    (folder / "text.en.yaml").write_text(TEXTS, encoding="utf-8")
    (folder / "text.de.yaml").write_text(TEXTS.replace("locale: en", "locale: de"), encoding="utf-8")
    (folder / "SOURCE.md").write_text(SOURCE, encoding="utf-8")
    return folder


@pytest.fixture
def small(tmp_path: Path) -> Path:
    return write_small_instrument(tmp_path / "small")


@pytest.fixture
def edit() -> Callable[[Path, str, str], None]:
    """Replace one text in a file, and make sure that it was there once."""

    def replace_once(path: Path, old: str, new: str) -> None:
        text = path.read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{old!r} is {text.count(old)} times in {path.name}"
        path.write_text(text.replace(old, new), encoding="utf-8")

    return replace_once


@pytest.fixture
def make_small() -> Callable[[Path], Path]:
    return write_small_instrument
