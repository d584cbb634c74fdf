"""Differences between two instruments name what changed and whether answers would be scored otherwise."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from servq.instruments import load_instrument
from servq.instruments.differences import comparability, differences

Copied = Callable[[str], Path]


def test_same_instrument_has_no_difference() -> None:
    assert differences(load_instrument("servqual"), load_instrument("servqual")) == []


@pytest.mark.parametrize(
    ("name", "old", "new", "line", "part"),
    [
        ("instrument.yaml", 'version: "1.1"', 'version: "1.2"', "~ version: 1.1 → 1.2", "texts and notes"),
        ("instrument.yaml", "moment: after", "moment: any", "~ batteries.rating.moment: after → any", "structure"),
        (
            "instrument.yaml",
            "scores:",
            "scores:\n  - {kind: mean, id: mean, battery: rating}",
            "+ scores.mean: kind mean, id mean, battery rating",
            "structure",
        ),
        ("text.de.yaml", "Würden Sie", "Würdest du", "uns empfehlen? → Würdest du", "texts and notes"),
        (
            "text.en.yaml",
            "10: Very likely",
            "10: Sure",
            "scales.answer.anchors.10: Very likely → Sure",
            "texts and notes",
        ),
    ],
)
def test_change_is_told_with_its_place_and_kind(
    name: str, old: str, new: str, line: str, part: str, copied: Copied
) -> None:
    path = copied("nps") / name
    path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    found = differences(load_instrument("nps"), load_instrument(path.parent))
    told = [difference for difference in found if line in str(difference)]
    assert [difference.changes_scores for difference in told] == [part == "structure"]
    assert [difference for difference in found if difference not in told and difference.path[-1] != "order"] == []


def test_forms_of_servqual_differ_in_keys_and_scales() -> None:
    lines = [
        str(difference) for difference in differences(load_instrument("servqual"), load_instrument("servqual-1988"))
    ]
    assert "~ items.res_10.reversed: false → true" in lines
    assert "- scales.expected: low 1, high 7, not_applicable false, better high" in lines
    assert sum("reversed" in line for line in lines) == 9


def test_order_of_items_is_a_difference(copied: Copied) -> None:
    path = copied("e-recs-qual") / "instrument.yaml"
    text = path.read_text(encoding="utf-8")
    first, second = "{id: res_1, number: 1,", "{id: res_2, number: 2,"
    swapped = text.replace(first, "{id: res_2, number: 1,").replace(second, "{id: res_1, number: 2,", 1)
    path.write_text(swapped, encoding="utf-8")
    found = differences(load_instrument("e-recs-qual"), load_instrument(path))
    assert [difference.path for difference in found if difference.changes_scores] == [
        ("items", "res_1", "number"),
        ("items", "res_2", "number"),
        ("items", "order"),
    ]


def test_adaptation_of_other_first_words_alone_keeps_scores_comparable(tmp_path: Path) -> None:
    path = tmp_path / "words.yaml"
    path.write_text(
        "adapts: servqual\nid: servqual-words\nversion: '1.0'\ntitle: In our words\nnote: Other first words.\n"
        "locales: [en]\ntexts: {en: {introduction: Dear guest.}}\n",
        encoding="utf-8",
    )
    base, adapted = load_instrument("servqual"), load_instrument(path)
    found = differences(base, adapted)
    assert [difference.path for difference in found if difference.changes_scores] == []
    assert comparability(base, adapted).startswith("Scores stay comparable")
    assert "- text.fr: every text" in [str(difference) for difference in found]


def test_items_that_both_ask_are_counted_beside_those_of_each() -> None:
    told = comparability(load_instrument("servqual"), load_instrument("servperf"))
    assert "22 of the rated items (44 before, 22 after)" in told
