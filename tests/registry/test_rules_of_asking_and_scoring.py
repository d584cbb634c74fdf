"""Every rule on skip rules, pages, choices and the scores beyond gap and mean can fail, alone and at its line."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from registry.test_rules import BREAKS, RULES
from servq.instruments import check_instrument
from servq.instruments.sources import read_source

DEFINITION = """\
id: wide
version: "1.0"
title: An instrument with everything
field: tests
citation:
  - authors: Author, A., & Writer, B.
    year: 1999
    title: On Wide Things
    source: Journal of Wide Things, 1(1), 1–2
rights:
  holder: Nobody
  wording: own
  note: Made for tests.
audiences: [assessor]
locales: [en]

scales:
  nine: {low: 1, high: 9}
  five: {low: 1, high: 5}

batteries:
  problem:
    kind: choice
    columns: "{label}"
    items:
      - {id: had_problem, options: [some, none]}
      - {id: topic, options: [bill, room], asked_if: [{battery: perceived, item: war_1, points: [1, 2]}]}
    asked_if: [{battery: perceived, item: war_1, points: [1, 2, 3]}]
  handling:
    kind: rating
    scale: nine
    columns: h{number}
    asked_if: [{battery: problem, item: had_problem, options: [some]}]
  with_it: {kind: rating, scale: five, columns: "k{number}"}
  without_it: {kind: rating, scale: five, columns: "d{number}"}
  standards: {kind: rating, scale: nine, columns: "s{number}"}
  statements: {kind: rating, scale: nine, columns: "a{number}"}
  check: {kind: rating, scale: five, columns: "c{number}"}
  weights: {kind: points, total: 100, columns: "w_{dimension}", dimensions: [warmth, speed]}
  ranks:
    kind: choice
    columns: "r_{label}"
    distinct: true
    items:
      - {id: most, options: [warmth, speed]}
      - {id: second, options: [warmth, speed]}

dimensions:
  - id: warmth
  - id: speed
  - {id: teamwork, antecedent_of: 3}

items:
  - {id: war_1, number: 1, dimension: warmth, batteries: [minimum, desired, perceived]}
  - {id: spe_2, number: 2, dimension: speed, batteries: [minimum, desired, perceived]}
  - {id: han_3, number: 3, batteries: [handling]}
  - {id: kan_4, number: 4, batteries: [with_it, without_it]}
  - {id: sta_5, number: 5, dimension: warmth, batteries: [standards]}
  - {id: sta_6, number: 6, dimension: speed, batteries: [standards]}
  - {id: tea_7, number: 7, dimension: teamwork, batteries: [statements]}
  - {id: che_8, number: 8, batteries: [check], weight: 2, evidence: {required: true}}

pages:
  - [minimum, desired, perceived]
  - [with_it, without_it]

comments:
  - {id: remark, asked_if: [{battery: handling, item: han_3, points: [1, 2, 3]}]}

scores:
  - {kind: tolerance, id: zone, minimum: minimum, desired: desired, perceived: perceived}
  - {kind: mean, id: performance, battery: perceived, importance: desired}
  - {kind: kano, id: kano, functional: with_it, dysfunctional: without_it}
  - {kind: path_model, id: index, battery: perceived, target: speed, paths: {warmth: [speed]}}
  - {kind: checklist, id: checklist, batteries: [check]}
  - {kind: gap_rating, id: gap2, gap: 2, battery: standards}
  - {kind: antecedents, id: antecedents, battery: statements}

breakdowns:
  - {id: by_problem, score: performance, battery: problem, item: had_problem}
  - {id: by_warmth, score: checklist, battery: perceived, item: war_1, groups: {poor: [1, 2, 3], fine: [7, 8, 9]}}
""".replace(
    "batteries:\n  problem:",
    """batteries:
  minimum: {kind: rating, scale: nine, columns: "m{number}"}
  desired: {kind: rating, scale: nine, columns: "e{number}"}
  perceived: {kind: rating, scale: nine, columns: "p{number}"}
  problem:""",
    1,
)

TEXTS = """\
locale: en
title: A wide questionnaire
introduction: A few statements.
thanks: Thank you.
scales:
  nine: {anchors: {1: Low, 9: High}}
  five: {anchors: {1: Like, 5: Dislike}}
batteries:
  minimum: {title: Least, instruction: Rate., short: Minimum}
  desired: {title: Wished, instruction: Rate., short: Desired}
  perceived: {title: Found, instruction: Rate., short: Perceived}
  problem: {title: Problems, instruction: Choose., short: Problem}
  handling: {title: Handling, instruction: Rate., short: Handling}
  with_it: {title: With it, instruction: Rate., short: With}
  without_it: {title: Without it, instruction: Rate., short: Without}
  standards: {title: Standards, instruction: Rate., short: Standards}
  statements: {title: Statements, instruction: Rate., short: Statements}
  check: {title: Checks, instruction: Rate., short: Check}
  weights: {title: Weights, instruction: Spread 100 points., short: Weights}
  ranks: {title: Ranks, instruction: Choose., short: Ranks}
dimensions:
  warmth: {name: Warmth, description: Being warm}
  speed: {name: Speed, description: Being quick}
  teamwork: {name: Teamwork, description: Working together}
items:
  war_1: {"*": They are warm.}
  spe_2: {"*": They are quick.}
  han_3: {"*": It was handled.}
  kan_4: {with_it: Tea is free., without_it: Tea is paid for.}
  sta_5: {"*": Standards of warmth.}
  sta_6: {"*": Standards of speed.}
  tea_7: {"*": We help each other.}
  che_8: {"*": The door was clean.}
choices:
  had_problem: {wording: Was there a problem?, options: {some: "Yes", none: "No"}}
  topic: {wording: Which?, options: {bill: The bill, room: The room}}
  most: {wording: Most important?}
  second: {wording: Second?}
groups:
  by_warmth: {poor: Poor, fine: Fine}
comments:
  remark: What went wrong?
"""


@dataclass(frozen=True)
class WideBreak:
    """Edits of instrument.yaml or the texts that break one rule, and the text of the line it must point at."""

    rule: str
    old: str
    new: str
    line_with: str
    says: str
    file: str = "instrument.yaml"

    def __str__(self) -> str:
        return f"{self.rule}-{self.says}"


BREAKS_OF_WIDE = (
    WideBreak("choices_have_ids_of_their_own", "{id: topic,", "{id: war_1,", "id: war_1", "twice"),
    WideBreak("choices_offer_options", "options: [bill, room]", "options: [bill, bill]", "bill, bill", "two different"),
    WideBreak(
        "distinct_choices_can_differ",
        "      - {id: second, options: [warmth, speed]}\n",
        "",
        "distinct: true",
        "1 items for 2",
    ),
    WideBreak("pages_group_neighbours", "- [with_it, without_it]", "- [with_it, gone]", "gone", "not declared"),
    WideBreak("pages_group_neighbours", "- [with_it, without_it]", "- [with_it, standards]", "- [with", "follow"),
    WideBreak("pages_group_neighbours", "- [with_it, without_it]", "- [perceived, problem]", "- [perc", "two pages"),
    WideBreak(
        "pages_group_neighbours",
        'without_it: {kind: rating, scale: five, columns: "d{number}"}',
        'without_it: {kind: rating, scale: five, columns: "d{number}", moment: after}',
        "- [with",
        "different moments",
    ),
    WideBreak("conditions_name_answers", "options: [some]}]", "options: [much]}]", "much", "options that it offers"),
    WideBreak("conditions_name_answers", "points: [1, 2, 3]}]}", "points: [0]}]}", "points: [0]", "points of its"),
    WideBreak(
        "conditions_name_answers",
        "battery: handling, item: han_3",
        "battery: weights, item: warmth",
        "weights, item",
        "no rating",
    ),
    WideBreak(
        "conditions_name_answers",
        "item: han_3, points",
        "item: war_1, points",
        "item: war_1, points: [1, 2, 3]}]}",
        "does not ask",
    ),
    WideBreak(
        "conditions_look_back",
        'standards: {kind: rating, scale: nine, columns: "s{number}"}',
        'standards: {kind: rating, scale: nine, columns: "s{number}", '
        "asked_if: [{battery: check, item: che_8, points: [1]}]}",
        "standards: {kind",
        "not asked before it",
    ),
    WideBreak("conditions_can_hold_together", "points: [1, 2]}]}", "points: [4]}]}", "id: topic", "exclude each other"),
    WideBreak("evidence_is_asked_of_assessors", "audiences: [assessor]", "audiences: [customer]", "che_8", "evidence"),
    WideBreak(
        "adaptation_is_written_by_servq",
        "locales: [en]\n",
        'locales: [en]\nadaptation: {of: nps, of_version: "1.0"}\n',
        "adaptation",
        "of itself",
    ),
    WideBreak(
        "unverified_structure_is_left_open",
        "pages:\n",
        "status: structure-unverified\npages:\n",
        "war_1",
        "structure is unverified",
    ),
    WideBreak(
        "points_are_spread_over_dimensions",
        "dimensions: [warmth, speed]}",
        "dimensions: [warmth, sped]}",
        "sped",
        "sped",
    ),
    WideBreak(
        "scores_refer_to_known_parts",
        "batteries: [check]}\n  - {kind: gap",
        "batteries: [chek]}\n  - {kind: gap",
        "chek",
        "chek",
    ),
    WideBreak(
        "compared_batteries_are_alike",
        "minimum: minimum, desired: desired",
        "minimum: minimum, desired: minimum",
        "kind: tol",
        "itself",
    ),
    WideBreak(
        "importance_is_asked_of_the_same_items",
        "importance: desired",
        "importance: handling",
        "kind: mean",
        "different items",
    ),
    WideBreak(
        "kano_pairs_have_five_answers",
        "number: 4, batteries: [with_it, without_it]",
        "number: 4, batteries: [with_it, without_it], reversed: true",
        "kind: kano",
        "Kano pairs",
    ),
    WideBreak(
        "paths_lead_forward",
        "paths: {warmth: [speed]}",
        "paths: {warmth: [speed], speed: [warmth]}",
        "path_model",
        "circle",
    ),
    WideBreak(
        "paths_lead_forward", "paths: {warmth: [speed]}", "paths: {teamwork: [speed]}", "path_model", "not measure"
    ),
    WideBreak("paths_lead_forward", "target: speed", "target: warmth", "path_model", "No path"),
    WideBreak(
        "gap_ratings_have_one_item_a_dimension",
        "{id: sta_6, number: 6, dimension: speed,",
        "{id: sta_6, number: 6, dimension: warmth,",
        "kind: gap_rating",
        "sta_6",
    ),
    WideBreak(
        "antecedents_say_of_which_gap", "{id: teamwork, antecedent_of: 3}", "id: teamwork", "kind: antec", "teamwork"
    ),
    WideBreak(
        "weights_count_in_a_checklist",
        "{id: han_3, number: 3,",
        "{id: han_3, weight: 3, number: 3,",
        "han_3",
        "no checklist",
    ),
    WideBreak(
        "breakdowns_form_groups",
        "score: performance, battery: problem",
        "score: nothing, battery: problem",
        "by_problem",
        "no score",
    ),
    WideBreak("breakdowns_form_groups", "item: had_problem}", "item: war_1}", "by_problem", "does not ask"),
    WideBreak("breakdowns_form_groups", "fine: [7, 8, 9]", "fine: [3, 8, 9]", "by_warmth", "divide"),
    WideBreak(
        "choices_are_labelled",
        "{bill: The bill, room: The room}",
        "{bill: The bill}",
        "Which?",
        "no label",
        "text.en.yaml",
    ),
    WideBreak(
        "choices_are_labelled", "room: The room}", "room: The room, bar: The bar}", "bar", "not offer", "text.en.yaml"
    ),
    WideBreak("groups_are_named", "{poor: Poor, fine: Fine}", "{poor: Poor}", "by_warmth", "no name", "text.en.yaml"),
    WideBreak("groups_are_named", "fine: Fine}", "fine: Fine, odd: Odd}", "odd", "no group", "text.en.yaml"),
)


@pytest.fixture
def wide(tmp_path: Path) -> Path:
    folder = tmp_path / "wide"
    folder.mkdir()
    (folder / "instrument.yaml").write_text(DEFINITION, encoding="utf-8")
    (folder / "text.en.yaml").write_text(TEXTS, encoding="utf-8")
    (folder / "SOURCE.md").write_text("# Wide\n\nAuthor, A., & Writer, B. (1999). On Wide Things.\n", encoding="utf-8")
    return folder


def test_the_wide_instrument_is_sound(wide: Path) -> None:
    assert check_instrument(wide) == []


def test_every_rule_has_a_broken_instrument() -> None:
    broken = {case.rule for case in BREAKS} | {case.rule for case in BREAKS_OF_WIDE}
    assert broken == {rule.__name__ for rule in RULES}


@pytest.mark.parametrize("case", BREAKS_OF_WIDE, ids=str)
def test_broken_part_breaks_its_rule_alone_and_the_problem_points_at_it(
    case: WideBreak, wide: Path, edit: Callable[[Path, str, str], None]
) -> None:
    edit(wide / case.file, case.old, case.new)
    source, problems = read_source(wide)
    assert source is not None, problems
    found = {rule.__name__: problems for rule in RULES if (problems := list(rule(source)))}
    assert set(found) <= {case.rule, *ALSO_BROKEN.get(case.says, ())}
    file = str(wide / case.file)
    hits = [problem for problem in found[case.rule] if case.says in problem.message and problem.file == file]
    assert hits, found
    assert all(problem.fix for problem in hits)
    lines = (wide / case.file).read_text(encoding="utf-8").splitlines()
    assert any(problem.line and case.line_with in lines[problem.line - 1] for problem in hits), hits


ALSO_BROKEN: dict[str, tuple[str, ...]] = {
    # one edit often leaves something else behind: a label, a column, a condition
    "twice": ("texts_cover_every_part", "texts_name_known_parts", "columns_have_unique_names", "ids_are_unique"),
    "two different": ("choices_are_labelled",),
    "1 items for 2": ("texts_name_known_parts",),
    "two pages": ("conditions_look_back",),
    "chek": ("weights_count_in_a_checklist",),
    "sped": ("columns_have_unique_names",),
}
