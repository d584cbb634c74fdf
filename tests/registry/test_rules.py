"""Every rule holds for every shipped instrument, and every rule can fail."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from servq.instruments import check_instrument, check_registry, instrument_ids
from servq.instruments.rules import CONTENT_RULES, FOLDER_RULES, REGISTRY_RULES, RegistryRule, Rule
from servq.instruments.rules.registry import Registry
from servq.instruments.sources import read_source
from servq.instruments.yaml_reading import read_yaml
from servq.locations import instruments_folder

RULES = (*CONTENT_RULES, *FOLDER_RULES)
Edit = Callable[[Path, str, str], None]


@dataclass(frozen=True)
class Break:
    """Edits that break one rule, and the text of the line that the problem must point at."""

    rule: str
    edits: tuple[tuple[str, str, str], ...]
    file: str
    line_with: str
    says: str

    def __str__(self) -> str:
        return f"{self.rule}-{self.says}"


def in_instrument(rule: str, old: str, new: str, line_with: str, says: str) -> Break:
    return Break(rule, (("instrument.yaml", old, new),), "instrument.yaml", line_with, says)


def in_german(rule: str, old: str, new: str, line_with: str, says: str) -> Break:
    return Break(rule, (("text.de.yaml", old, new),), "text.de.yaml", line_with, says)


BREAKS = (
    in_instrument("ids_are_unique", "- id: remark\n", "- id: remark\n  - id: remark\n", "id: remark", "twice"),
    in_instrument("numbers_rise", "nps_4, number: 4", "nps_4, number: 3", "nps_4", "number 3 after number 3"),
    in_instrument(
        "items_measure_known_dimensions", "nps_4, number: 4", "nps_4, number: 4, dimension: worth", "nps_4", "worth"
    ),
    Break(
        "dimensions_have_items",
        (
            ("instrument.yaml", "- id: speed\n", "- id: speed\n  - id: depth\n"),
            ("text.en.yaml", "items:\n", "  depth: {name: Depth, description: Being deep}\nitems:\n"),
            ("text.de.yaml", "items:\n", "  depth: {name: Depth, description: Being deep}\nitems:\n"),
        ),
        "instrument.yaml",
        "- id: depth",
        "no items",
    ),
    in_instrument("scales_run_upwards", "low: 1, high: 5", "low: 5, high: 1", "agreement: {low", "from 5 to 1"),
    Break(
        "scales_are_used",
        (
            ("instrument.yaml", "  likelihood: {", "  idle: {low: 1, high: 2}\n  likelihood: {"),
            ("text.en.yaml", "  likelihood:\n", "  idle: {anchors: {1: No, 2: Yes}}\n  likelihood:\n"),
            ("text.de.yaml", "  likelihood:\n", "  idle: {anchors: {1: No, 2: Yes}}\n  likelihood:\n"),
        ),
        "instrument.yaml",
        "idle: {low",
        "no battery",
    ),
    Break(
        "batteries_use_known_scales",
        (
            ("instrument.yaml", "  importance: {", "  more: {kind: rating, scale: idle, columns: m}\n  importance: {"),
            ("instrument.yaml", "number: 4, batteries: [", "number: 4, batteries: [more, "),
            ("text.en.yaml", "    recommendation: ", '    "*": '),
            ("text.de.yaml", "    recommendation: ", '    "*": '),
            ("text.en.yaml", "  importance: {", "  more: {title: M, instruction: M, short: M}\n  importance: {"),
            ("text.de.yaml", "  importance: {", "  more: {title: M, instruction: M, short: M}\n  importance: {"),
        ),
        "instrument.yaml",
        "scale: idle",
        "not declared",
    ),
    in_instrument(
        "items_are_asked_in_rating_batteries",
        "number: 4, batteries: [recommendation]",
        "number: 4, batteries: [recommendation, importance]",
        "nps_4",
        "not a rating battery",
    ),
    Break(
        "batteries_ask_something",
        (
            (
                "instrument.yaml",
                "  importance: {",
                "  idle: {kind: rating, scale: agreement, columns: i}\n  importance: {",
            ),
            ("text.en.yaml", "  importance: {", "  idle: {title: I, instruction: I, short: I}\n  importance: {"),
            ("text.de.yaml", "  importance: {", "  idle: {title: I, instruction: I, short: I}\n  importance: {"),
        ),
        "instrument.yaml",
        "idle: {kind",
        "no item",
    ),
    Break(
        "points_are_spread_over_dimensions",
        (
            ("instrument.yaml", "dimensions:\n  - id: warmth\n  - id: speed\n", "dimensions:\n  - id: warmth\n"),
            ("instrument.yaml", "number: 3, dimension: speed", "number: 3, dimension: warmth"),
            ("text.en.yaml", "  speed: {name: Speed, description: Being quick}\n", ""),
            ("text.de.yaml", "  speed: {name: Speed, description: Being quick}\n", ""),
        ),
        "instrument.yaml",
        "importance: {kind: points",
        "not two dimensions",
    ),
    Break(
        "reverse_keys_make_sense",
        (
            ("instrument.yaml", "low: 1, high: 5", "low: 1, high: 2"),
            ("text.en.yaml", "5: Fully", "2: Fully"),
            ("text.de.yaml", "5: Fully", "2: Fully"),
        ),
        "instrument.yaml",
        "war_2",
        "two points",
    ),
    in_instrument(
        "scores_refer_to_known_parts", "weights: importance", "weights: perception", "kind: gap", "not a points battery"
    ),
    in_instrument(
        "scored_items_are_asked", "item: nps_4, boxes", "item: spe_3, boxes", "kind: top_box", "does not ask"
    ),
    Break(
        "compared_batteries_are_alike",
        (
            (
                "instrument.yaml",
                "number: 3, dimension: speed, batteries: [expectation, perception]",
                "number: 3, dimension: speed, batteries: [perception]",
            ),
        ),
        "instrument.yaml",
        "kind: gap",
        "different items",
    ),
    in_instrument(
        "compared_batteries_are_alike", "expectation: expectation", "expectation: perception", "kind: gap", "itself"
    ),
    in_instrument(
        "compared_batteries_are_alike",
        "perception: {kind: rating, scale: agreement",
        "perception: {kind: rating, scale: likelihood",
        "kind: gap",
        "different points",
    ),
    in_instrument(
        "compared_batteries_are_alike",
        "agreement: {low: 1, high: 5",
        "agreement: {low: 1, high: 5, better: low",
        "kind: gap",
        "good low answer",
    ),
    in_instrument(
        "net_promoter_runs_from_0_to_10", "low: 0, high: 10", "low: 0, high: 10, better: low", "net_promoter", "0–10"
    ),
    in_instrument("boxes_leave_points_over", "boxes: 2", "boxes: 11", "boxes: 11", "11 of 11"),
    in_instrument("column_templates_are_valid", "w_{dimension}", "w_{item}", "w_{item}", "{item} is not known"),
    in_instrument("column_templates_are_valid", "e{number:02d}", "e{number:02q}", "02q", "cannot be used"),
    in_instrument("columns_have_unique_names", "p{number:02d}", "e{number:02d}", "perception: {kind", "second time"),
    in_instrument("columns_have_unique_names", "p{number:02d}", "p", "perception: {kind", "second time"),
    in_instrument("locales_have_files", "locales: [en, de]", "locales: [en, de, fr]", "locales", "no text.fr.yaml"),
    in_instrument("locales_have_files", "locales: [en, de]", "locales: [en, de, de]", "locales", "twice"),
    Break(
        "text_files_are_listed",
        (("instrument.yaml", "locales: [en, de]", "locales: [en]"),),
        "text.de.yaml",
        "locale: de",
        "not among the locales",
    ),
    in_german("text_files_name_their_locale", "locale: de", "locale: nl", "locale: nl", "named text.de.yaml"),
    in_german("texts_cover_every_part", "comments:\n  remark: Anything else?\n", "", "locale", '"remark" has no text'),
    in_german(
        "texts_cover_every_part", "  warmth: {name: Warmth, description: Being warm}\n", "", "dimensions:", "warmth"
    ),
    in_german(
        "texts_name_known_parts", "  remark: Any", "  remak: x\n  remark: Any", "remak", "not among the comments"
    ),
    in_german(
        "items_are_worded_for_their_batteries", "    perception: They are cold.\n", "", "war_2:", 'battery "perception"'
    ),
    in_german(
        "items_are_worded_for_their_batteries",
        '"*": Quick',
        'importance: x\n    "*": Quick',
        "importance: x",
        "not asked",
    ),
    in_german("wordings_differ", "They are cold.", "They are warm.", "They are warm.", "same wording"),
    in_german("anchors_fit_the_points", "5: Fully", "6: Fully", "6: Fully", "Point 6 is not on"),
    in_german("anchors_fit_the_points", "5: Fully", "5: Fully\n      3: Partly", "anchors:", "some of its points"),
    in_german("not_applicable_is_labelled", "    not_applicable: Cannot say\n", "", "agreement:", "without a label"),
    in_german(
        "not_applicable_is_labelled",
        "  likelihood:\n",
        "  likelihood:\n    not_applicable: x\n",
        "able: x",
        "not offer",
    ),
    in_german("placeholders_have_defaults", "Thank you.", "Thank you, {nam}.", "thanks:", "{nam} has no default"),
    in_german("placeholders_have_defaults", "Thank you.", "Thank you {.", "thanks:", "faulty placeholder"),
    in_german("placeholders_have_defaults", "Thank you.", "Thank {organisation.x}.", "thanks:", "faulty placeholder"),
    Break(
        "placeholders_are_used",
        tuple((f"text.{locale}.yaml", "scales:\n", "  place: here\nscales:\n") for locale in ("en", "de")),
        "text.de.yaml",
        "place: here",
        "in no text",
    ),
    Break(
        "locales_share_placeholders",
        (
            ("text.de.yaml", "scales:\n", "  place: here\nscales:\n"),
            ("text.de.yaml", "Thank you.", "Thank you, {place}."),
        ),
        "text.de.yaml",
        "placeholders:",
        "place",
    ),
    in_german("points_instructions_name_the_total", "Spread 100 points.", "Spread points.", "Important", "100 points"),
    in_german("texts_are_printable", "Thank you.", '"Thank\\u200b you."', "thanks:", "U+200B"),
    in_german("texts_are_printable", "Thank you.", '"  "', "thanks:", "blank"),
    in_instrument("folder_is_named_after_the_id", "id: small", "id: smaller", "id: smaller", "name of the folder"),
    Break("source_note_is_filled", (("SOURCE.md", "", ""),), "SOURCE.md", "", "empty"),
    Break(
        "source_note_names_the_publication",
        (("SOURCE.md", "(1999)", "(1899)"),),
        "SOURCE.md",
        "# A small instrument",
        "1999",
    ),
    Break("folder_has_no_stray_files", (("notes.txt", "", ""),), "notes.txt", "", "does not belong"),
)


@pytest.mark.parametrize("instrument_id", instrument_ids())
@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_rule_holds_for_shipped_instrument(rule: Rule, instrument_id: str) -> None:
    source, problems = read_source(instruments_folder() / instrument_id)
    assert source is not None, problems
    assert list(rule(source)) == []


@pytest.mark.parametrize("rule", REGISTRY_RULES, ids=lambda rule: rule.__name__)
def test_rule_holds_for_the_shipped_registry(rule: RegistryRule) -> None:
    folder = instruments_folder()
    sources = {name: source for name in instrument_ids() if (source := read_source(folder / name)[0]) is not None}
    assert len(sources) == len(instrument_ids())
    assert list(rule(Registry(folder, sources, read_yaml(folder / "renamed.yaml")))) == []


def test_the_shipped_registry_has_no_problems() -> None:
    assert check_registry(instruments_folder()) == []


def test_the_small_instrument_is_sound(small: Path) -> None:
    assert check_instrument(small) == []


@pytest.mark.parametrize("case", BREAKS, ids=str)
def test_broken_instrument_breaks_its_rule_alone_and_the_problem_points_at_it(
    case: Break, small: Path, edit: Edit
) -> None:
    for name, old, new in case.edits:
        if old:
            edit(small / name, old, new)
        else:
            (small / name).write_text(new, encoding="utf-8")
    source, problems = read_source(small)
    assert source is not None, problems
    found = {rule.__name__: problems for rule in RULES if (problems := list(rule(source)))}
    assert set(found) == {case.rule}
    file = str(small / case.file)
    hits = [problem for problem in found[case.rule] if case.says in problem.message and problem.file == file]
    assert hits, found
    assert all(problem.fix for problem in hits)
    if case.line_with:
        lines = (small / case.file).read_text(encoding="utf-8").splitlines()
        assert any(problem.line and case.line_with in lines[problem.line - 1] for problem in hits), hits


def test_all_broken_rules_are_reported_at_once(small: Path, edit: Edit) -> None:
    edit(small / "instrument.yaml", "spe_3, number: 3", "spe_3, number: 2")
    edit(small / "instrument.yaml", "boxes: 2", "boxes: 11")
    edit(small / "text.de.yaml", "5: Fully", "6: Fully")
    edit(small / "SOURCE.md", "1999", "1899")
    messages = "\n".join(map(str, check_instrument(small)))
    for part in ("number 2 after", "11 of 11", "Point 6", "SOURCE.md:1"):
        assert part in messages
