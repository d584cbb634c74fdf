"""Gaps 1 to 4 of the simulated study of 1990, from its files to findings, against an independent implementation in R.

1. Gap 1 by item, by dimension with Welch's test, overall and weighted by the customers' points; points of both sides.
2. Ratings of gaps 2 to 4 by dimension, overall and weighted; the shortfall is the rating less the top point.
3. Antecedents: reversed statements, mean, standard deviation, alpha.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import servq
from oracle import GOLDEN, oracle_expected
from servq.analysis.findings import Unavailable
from servq.analysis.gap_findings import RatedGap
from servq.analysis.study_findings import KnowledgeGap
from servq.pipeline import StudyFindings, analyze_study

RTOL = 1e-8
FILES = {
    "customers": ("gaps-customers", "gaps1990_customers_sim.csv"),
    "managers": ("gaps-managers", "gaps1990_managers_sim.csv"),
    "personnel": ("gaps-personnel", "gaps1990_employees_sim.csv"),
}


@pytest.fixture(scope="module")
def expected() -> dict[str, Any]:
    return oracle_expected("servqual_scores")["results"]["gaps1990_sim"]


@pytest.fixture(scope="module")
def findings(tmp_path_factory: pytest.TempPathFactory) -> StudyFindings:
    folder = tmp_path_factory.mktemp("study")
    for _, data in FILES.values():
        (folder / data).write_bytes((GOLDEN / "data" / data).read_bytes())
    return analyze_study(write_study(folder))


def write_study(folder: Path) -> Path:
    lines = ["study: gaps1990", "audiences:"]
    lines += [f"  {role}: {{instrument: {instrument}, data: {data}}}" for role, (instrument, data) in FILES.items()]
    path = folder / "study.yaml"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def gap_1(findings: StudyFindings) -> KnowledgeGap:
    assert isinstance(findings.gap_1, KnowledgeGap)
    return findings.gap_1


def test_gap_1_of_every_dimension_and_its_welch_test_agree_with_r(
    gap_1: KnowledgeGap, expected: dict[str, Any]
) -> None:
    block = expected["gap1"]
    assert [row.id for row in gap_1.dimensions] == list(block["by_dimension"])
    for row in gap_1.dimensions:
        assert not isinstance(row.gap, Unavailable)
        assert row.gap.value == pytest.approx(block["by_dimension"][row.id], rel=RTOL)
        test = block["welch"][row.id]
        assert (row.gap.statistic, row.gap.df, row.gap.p_value) == pytest.approx(
            (test["t"], test["df"], test["p"]), rel=RTOL
        )
        assert row.gap.p_adjusted is not None
        assert row.gap.p_adjusted >= row.gap.p_value


def test_gap_1_over_all_dimensions_agrees_with_r_plain_and_weighted(
    gap_1: KnowledgeGap, expected: dict[str, Any]
) -> None:
    assert not isinstance(gap_1.overall, Unavailable)
    assert not isinstance(gap_1.weighted, Unavailable)
    assert gap_1.overall.value == pytest.approx(expected["gap1"]["unweighted"], rel=RTOL)
    assert gap_1.weighted.value == pytest.approx(expected["gap1"]["weighted_customer_weights"], rel=RTOL)


def test_gap_1_of_every_item_agrees_with_r(gap_1: KnowledgeGap, expected: dict[str, Any]) -> None:
    assert len(gap_1.items) == len(expected["gap1"]["item"]) == 22
    for row, block in zip(gap_1.items, expected["gap1"]["item"], strict=True):
        assert row.number == block["item"]
        found = (row.managers.value, row.customers.value, row.gap.value)
        assert found == pytest.approx((block["manager"], block["customer"], block["gap"]), rel=RTOL)


def test_the_managers_points_stand_beside_the_customers(gap_1: KnowledgeGap, expected: dict[str, Any]) -> None:
    assert not isinstance(gap_1.points, Unavailable)
    for row in gap_1.points:
        both = (expected["gap1"]["manager_weights"], expected["gap1"]["customer_weights"])
        assert (row.managers.value, row.customers.value) == pytest.approx(
            tuple(side[f"w_{row.id}"] for side in both), rel=RTOL
        )


@pytest.mark.parametrize("gap", [2, 3, 4])
def test_the_ratings_of_gaps_2_to_4_agree_with_r(findings: StudyFindings, expected: dict[str, Any], gap: int) -> None:
    found, block = findings.rated_gaps[gap - 2], expected[f"gap{gap}"]
    assert isinstance(found, RatedGap)
    assert found.overall.value == pytest.approx(block["overall"], rel=RTOL)
    assert found.weighted.value == pytest.approx(block["weighted"], rel=RTOL)
    assert {row.id: row.rating.value for row in found.dimensions} == pytest.approx(block["by_dimension"], rel=RTOL)
    assert found.shortfall.value == pytest.approx(block["overall"] - 7, rel=RTOL)
    assert {row.id: row.shortfall.value + 7 for row in found.dimensions} == pytest.approx(
        block["by_dimension"], rel=RTOL
    )


@pytest.mark.parametrize(("audience", "name"), [("managers", "managers"), ("personnel", "employees")])
def test_the_antecedents_agree_with_r(
    findings: StudyFindings, expected: dict[str, Any], audience: str, name: str
) -> None:
    assert not isinstance(findings.antecedents, Unavailable)
    groups = [group for group in findings.antecedents if group.audience == audience]
    found = {one.id: one for group in groups for one in group.antecedents}
    assert set(found) == set(expected["antecedents"][name])
    first = min(item.number for one in found.values() for item in one.items)
    reversed_ = sorted(item.number - first + 1 for one in found.values() for item in one.items if item.reversed)
    assert reversed_ == expected["antecedents_assumed_reversed"][name]
    for key, block in expected["antecedents"][name].items():
        one = found[key]
        assert len(one.items) == block["n_items"]
        assert not isinstance(one.score, Unavailable)
        assert (one.score.value, one.score.sd) == pytest.approx((block["mean"], block["sd"]), rel=RTOL)
        if block["alpha"] is None:
            assert isinstance(one.alpha, Unavailable)
        else:
            assert one.alpha.value == pytest.approx(block["alpha"], rel=RTOL)


def test_every_antecedent_belongs_to_the_gap_that_it_is_held_to_cause(findings: StudyFindings) -> None:
    assert not isinstance(findings.antecedents, Unavailable)
    assert {group.gap: len(group.antecedents) for group in findings.antecedents} == {1: 3, 2: 4, 3: 7, 4: 2}


def test_gap_5_is_named_as_missing_where_customers_gave_no_perceptions(findings: StudyFindings) -> None:
    assert isinstance(findings.gap_5, Unavailable)
    assert "what they experienced" in findings.gap_5.reason


@pytest.mark.parametrize(
    ("data", "instrument", "gaps", "groups"),
    [
        ("gaps1990_managers_sim", "gaps-managers", {2: "gap2"}, [1, 2]),
        ("gaps1990_employees_sim", "gaps-personnel", {3: "gap3", 4: "gap4"}, [3, 4]),
    ],
)
def test_a_questionnaire_by_itself_reports_ratings_shortfalls_and_antecedents(
    expected: dict[str, Any], data: str, instrument: str, gaps: dict[int, str], groups: list[int]
) -> None:
    findings = servq.analyze(GOLDEN / "data" / f"{data}.csv", instrument)
    model = findings.gaps_model
    assert model is not None
    assert {one.gap: one.overall.value for one in model.ratings} == pytest.approx(
        {gap: expected[key]["overall"] for gap, key in gaps.items()}, rel=RTOL
    )
    assert all(one.shortfall.value == pytest.approx(one.overall.value - 7, rel=RTOL) for one in model.ratings)
    assert [group.gap for group in model.antecedents] == groups
    # neither a belief about customers nor a rating is called strong or weak beside others
    assert findings.summary.strengths == ()
    assert all("imension" not in sentence for sentence in findings.summary.shortfalls)
    assert "servq analyze --study" in findings.summary.first_steps[0]
    html = findings.to_html()
    assert "Gaps and what leads to them" in html
    assert "Every statement" in html


def test_other_instruments_have_no_part_of_the_gaps_model() -> None:
    assert servq.analyze(GOLDEN / "data" / "servqual1988_sim.csv", "servqual-1988").gaps_model is None
