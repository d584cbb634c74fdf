"""Indices of a path model through the public path, against the ECSI mobile figures of the reference packages.

1. Index, weights, paths and R² by the centroid scheme; the headline is the target.
2. Intervals come from a seeded bootstrap of the whole index, so the same answers give the same report.
3. Groups and waves are compared on the respondents' indices.
4. What is not estimable is a finding with its reason, and the rest still reports.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import servq
from analysis.small_instruments import path_instrument, rated
from oracle import oracle_frame, oracle_matrix
from path_data import BLOCKS, PATHS, ecsi_blocks, ecsi_paths, path_results, simulated_model
from servq.analysis import analyse
from servq.analysis.change_findings import Change
from servq.analysis.findings import Segment, Unavailable
from servq.analysis.path_models import quadrant_of
from servq.analysis.score_findings import PathModelFinding
from servq.instruments import Instrument
from servq.scoring import AnswerTable, Missing

RTOL = 1e-8


def from_sources(paths_to_from: dict[str, Any]) -> dict[str, list[str]]:
    """Each construct with those that it leads to, from each construct with those that lead to it."""
    found: dict[str, list[str]] = {}
    for target, sources in paths_to_from.items():
        for source in [sources] if isinstance(sources, str) else sources:
            found.setdefault(source, []).append(target)
    return found


@pytest.fixture(scope="module")
def mobile() -> servq.Findings:
    frame = oracle_frame("ecsi_mobi").rename(columns=str.lower)
    instrument = path_instrument(ecsi_blocks(), from_sources(ecsi_paths()), "Satisfaction", (1, 10))
    return servq.analyze(frame, instrument)


def model_of(findings: Any) -> PathModelFinding:
    assert isinstance(findings.path_model, PathModelFinding)
    return findings.path_model


def test_every_index_is_that_of_the_reference(mobile: servq.Findings) -> None:
    expected = path_results("ecsi_index_mobi_centroid")["by_construct"]
    indices = {index.id: index for index in model_of(mobile).indices}
    assert set(indices) == {name.lower() for name in expected}
    for name, block in expected.items():
        found = indices[name.lower()]
        assert found.index.value == pytest.approx(block["index_0_100_mean"], rel=RTOL)
        assert found.index.sd == pytest.approx(block["index_sd"], rel=RTOL)
        weights = {item.id: item.weight for item in found.items}
        for item, weight in block["unstd_weight_normalised"].items():
            assert weights[item.lower()] == pytest.approx(weight, rel=1e-7)
    assert mobile.scores[0].estimate.value == pytest.approx(expected["Satisfaction"]["index_0_100_mean"], rel=RTOL)


def test_paths_and_explained_shares_are_those_of_the_reference(mobile: servq.Findings) -> None:
    reference = path_results("semPLS_mobi_centroid")
    paths = oracle_matrix(reference["path"])
    for path in model_of(mobile).paths:
        expected = paths.loc[path.source.capitalize(), path.target.capitalize()]
        assert path.coefficient.value == pytest.approx(expected, rel=1e-7)
    for index in model_of(mobile).indices:
        if index.explained is not None:
            shared = reference["rsquared_from_scores"][index.id.capitalize()]
            assert index.explained.value == pytest.approx(shared, rel=1e-7)


@pytest.fixture(scope="module")
def instrument() -> Instrument:
    targets: dict[str, list[str]] = {}
    for source, target in PATHS:
        targets.setdefault(source, []).append(target)
    return path_instrument(BLOCKS, targets, "satisfaction", (1, 10))


def answers(instrument: Instrument, n: int = 250, seed: int = 5, **facts: Any) -> AnswerTable:
    frame = simulated_model(n, seed)
    ordered = frame[[item for items in BLOCKS.values() for item in items]].to_numpy()
    return rated(instrument, np.clip(np.round(6.5 + 1.6 * ordered), 1, 10), **facts)


def test_the_same_answers_give_the_same_intervals(instrument: Instrument) -> None:
    one, two = (model_of(analyse(answers(instrument))) for _ in range(2))
    assert [index.index for index in one.indices] == [index.index for index in two.indices]
    assert all(index.index.ci_low < index.index.value < index.index.ci_high for index in one.indices)


def test_the_interval_of_an_index_covers_the_mean_about_as_often_as_it_says(instrument: Instrument) -> None:
    """Symmetric constructs around 6.5 of 1–10 have an index close to 61.1 whatever their weights are."""
    covered = 0
    for seed in range(40):
        found = {index.id: index.index for index in model_of(analyse(answers(instrument, 150, seed))).indices}
        covered += found["quality"].ci_low <= 100 * 5.5 / 9 <= found["quality"].ci_high
    assert covered >= 33


def test_importance_is_points_of_the_target_for_each_point(instrument: Instrument) -> None:
    found = {index.id: index for index in model_of(analyse(answers(instrument, 800))).indices}
    assert found["satisfaction"].importance is None
    assert found["loyalty"].importance is None  # no route leads from it to the target
    quality = found["quality"].importance
    assert quality is not None
    assert quality.ci_low < quality.value < quality.ci_high
    assert 0.4 < quality.value < 0.8


def test_groups_are_compared_on_the_indices_of_their_respondents(instrument: Instrument) -> None:
    table = answers(instrument, attributes={"half": np.array(["a", "b"] * 125, dtype=np.object_)})
    findings = analyse(table)
    (segment,) = findings.segments
    assert isinstance(segment, Segment)
    means = [group.overall.value for group in segment.groups]
    assert np.mean(means) == pytest.approx(findings.scores[0].estimate.value)
    assert set(segment.groups[0].dimensions) == set(BLOCKS)


def test_waves_are_compared_on_indices(instrument: Instrument) -> None:
    worse = answers(instrument, seed=6)
    lowered = rated(instrument, np.clip(worse.codes - 1, 1, 10))
    change = analyse(lowered, previous=answers(instrument)).change
    assert isinstance(change, Change)
    assert [row.id for row in change.rows] == ["overall", *BLOCKS]
    assert change.rows[0].difference.value < -5


def test_an_item_that_nobody_varies_is_named_as_the_reason(instrument: Instrument) -> None:
    table = answers(instrument)
    table.codes[:, 0] = 7
    findings = analyse(table)
    assert isinstance(findings.path_model, Unavailable)
    assert isinstance(findings.scores[0].estimate, Unavailable)
    assert findings.summary.headline == findings.scores[0].estimate.reason
    assert len(findings.items) == 9
    assert "Not available here." in servq.Findings(**vars(findings)).to_html()


def test_respondents_with_a_blank_are_counted(instrument: Instrument) -> None:
    table = answers(instrument)
    table.codes[:30, 2] = Missing.NOT_APPLICABLE
    findings = analyse(table)
    model = model_of(findings)
    assert (model.n, model.n_respondents) == (220, 250)
    assert any("30 respondents" in caveat for caveat in model.caveats)
    assert findings.responses.n_scored == 220


@pytest.mark.parametrize(
    ("sides", "quadrant"),
    [
        ((True, False), "concentrate_here"),
        ((True, True), "keep_up"),
        ((False, False), "low_priority"),
        ((False, True), "possible_overkill"),
        ((None, True), "open"),
        ((True, None), "open"),
    ],
)
def test_a_quarter_of_the_map_needs_both_intervals(sides: tuple[bool | None, bool | None], quadrant: str) -> None:
    assert quadrant_of(important=sides[0], performing=sides[1]) == quadrant


def test_the_report_states_every_index_and_path(instrument: Instrument) -> None:
    findings = servq.Findings(**vars(analyse(answers(instrument))))
    page = findings.to_html()
    for index in model_of(findings).indices:
        assert f"{index.index.value:.1f}" in page
    assert "Importance–performance map: Satisfaction" in page
    assert "Quality → Satisfaction" in page
