"""Simulated respondents have the loadings, levels and faults that were asked for."""

from __future__ import annotations

import numpy as np
import pytest

from servq.instruments import instrument_ids, load_instrument
from servq.instruments.model import ChoiceBattery
from servq.scoring import Missing
from servq.scoring.routing import shown
from servq.simulate import Population, simulate_codes
from servq.statistics import cronbach_alpha

SERVQUAL = load_instrument("servqual")
CLEAN = Population(blank=0, not_applicable=0, wrong_total=0)


def test_the_same_seed_gives_the_same_respondents() -> None:
    one, two, other = (simulate_codes(SERVQUAL, 50, Population(), seed) for seed in (1, 1, 2))
    assert (one == two).all()
    assert (one != other).any()


def test_items_correlate_as_their_loadings_say() -> None:
    codes = simulate_codes(SERVQUAL, 20_000, Population(loading=0.8, levels={"expectation": 0.5}, blank=0), seed=3)
    tangibles = np.where(codes[:, :4] < 0, np.nan, codes[:, :4])
    variance = (Population().sd * 6) ** 2
    correlation = 0.8**2 * variance / (variance + 1 / 12)  # rounding to whole points adds a variance of 1/12 (Sheppard)
    assert cronbach_alpha(tangibles).value == pytest.approx(4 * correlation / (1 + 3 * correlation), abs=0.01)


def test_levels_and_shifts_move_the_means() -> None:
    population = Population(
        levels={"perception": 0.5}, shifts={"perception": {"reliability": -0.2}}, blank=0, not_applicable=0
    )
    codes = simulate_codes(SERVQUAL, 20_000, population, seed=4)
    means = codes[:, 22:44].mean(axis=0)
    assert means[:4] == pytest.approx(4.0, abs=0.05)
    assert means[4:9] == pytest.approx(4.0 - 0.2 * 6, abs=0.05)


def test_points_sum_to_the_total_except_where_asked_not_to() -> None:
    assert (simulate_codes(SERVQUAL, 500, CLEAN, seed=5)[:, 44:49].sum(axis=1) == 100).all()
    wrong = simulate_codes(SERVQUAL, 5000, Population(wrong_total=0.1), seed=5)[:, 44:49].sum(axis=1) != 100
    assert wrong.mean() == pytest.approx(0.1, abs=0.02)


def test_answers_stay_on_the_scale_and_blanks_occur_as_asked() -> None:
    codes = simulate_codes(SERVQUAL, 5000, Population(blank=0.05), seed=6)[:, :44]
    assert set(np.unique(codes)) <= {*range(1, 8), Missing.SKIPPED, Missing.NOT_APPLICABLE}
    assert (codes == Missing.SKIPPED).mean() == pytest.approx(0.05, abs=0.005)


@pytest.mark.parametrize("instrument_id", instrument_ids())
def test_every_instrument_can_be_simulated_as_its_pages_would_ask_it(instrument_id: str) -> None:
    instrument = load_instrument(instrument_id)
    codes = simulate_codes(instrument, 200, CLEAN, seed=7)
    assert codes.shape == (200, len(instrument.columns))
    asked = shown(instrument, codes)
    assert ((codes == Missing.NOT_SHOWN) == ~asked).all()
    for position, column in enumerate(instrument.columns):
        assert set(np.unique(codes[asked[:, position], position])) <= set(instrument.points_of(column))
    for battery_id, battery in instrument.definition.batteries.items():
        if isinstance(battery, ChoiceBattery) and battery.distinct:
            chosen = [i for i, column in enumerate(instrument.columns) if column.battery == battery_id]
            assert all(len(set(row)) == len(chosen) for row in codes[:, chosen].tolist())
