"""Drivers: what goes with an outcome is said only where it does, slight is slight, and no cause is claimed."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest

from servq.analysis import analyse
from servq.analysis.absence import Unavailable
from servq.analysis.driver_findings import Drivers
from servq.analysis.drivers import drivers_of
from servq.analysis.estimating import Estimator
from servq.analysis.score_findings import Priorities
from servq.instruments import load_instrument
from servq.scoring import AnswerTable
from servq.simulate import Population, simulate_codes

SEEDS = 120
HIGHEST_RATE = 0.05 + 2 * (0.05 * 0.95 / SEEDS) ** 0.5
NAMES = ("tangibles", "reliability", "empathy", "assurance")


def drivers(
    seed: int, n: int, weights: tuple[float, ...], *, together: float = 0.5, error: float = 1.0
) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Dimensions that correlate by `together`, and an outcome made of them with these weights."""
    random = np.random.default_rng(seed)
    person = random.normal(size=n)
    x = np.column_stack([together**0.5 * person + (1 - together) ** 0.5 * random.normal(size=n) for _ in NAMES])
    return dict(zip(NAMES, x.T, strict=True)), x @ np.array(weights) + error * random.normal(size=n)


def found(*args: object, **options: object) -> Drivers:
    made = drivers_of(*drivers(*args, **options), Estimator(), outcome="Loyalty", n_resamples=200)
    assert isinstance(made, Drivers)
    return made


def test_noise_has_no_drivers() -> None:
    made = [found(seed, 120, (0.0, 0.0, 0.0, 0.0)) for seed in range(SEEDS)]
    assert sum(one.strength != "none" for one in made) / SEEDS <= HIGHEST_RATE
    assert made[0].reading == "The dimensions do not go with “Loyalty” beyond chance."


def test_drivers_that_matter_alike_are_not_put_in_an_order() -> None:
    wrong = sum("goes with it most" in found(seed, 200, (0.5, 0.5, 0.5, 0.5)).reading for seed in range(SEEDS))
    assert wrong / SEEDS <= HIGHEST_RATE


def test_the_one_that_matters_most_is_named() -> None:
    made = found(1, 600, (0.1, 1.5, 0.1, 0.1))
    assert made.reading.endswith("reliability goes with it most.")
    assert [one.id for one in made.drivers if one.is_leading] == ["reliability"]
    assert made.drivers[0].id == "reliability"
    assert sum(one.importance.value for one in made.drivers) == pytest.approx(1.0)


def test_a_huge_sample_does_not_turn_a_trifle_into_a_driver() -> None:
    made = found(2, 60_000, (0.03, 0.0, 0.0, 0.0))
    assert made.strength == "little"
    assert "next to nothing" in made.reading
    assert "most" not in made.reading


def test_what_goes_closely_together_is_said_in_words() -> None:
    made = found(3, 500, (1.0, 1.0, 1.0, 1.0), together=0.95)
    assert made.collinearity is not None
    assert "can hardly be told apart from the rest" in made.collinearity
    assert found(3, 500, (1.0, 1.0, 1.0, 1.0), together=0.2).collinearity is None


def test_too_few_respondents_have_no_order_of_drivers() -> None:
    made = drivers_of(*drivers(1, 49, (1.0, 0.0, 0.0, 0.0)), Estimator())
    assert isinstance(made, Unavailable)
    assert made.reason.startswith("An order of drivers needs at least 50 respondents")


def test_an_instrument_without_an_outcome_says_so() -> None:
    instrument = load_instrument("servperf")
    findings = analyse(AnswerTable(instrument=instrument, codes=simulate_codes(instrument, 80, Population(), seed=1)))
    assert isinstance(findings.drivers, Unavailable)
    assert findings.drivers.reason.startswith("This instrument asks for no outcome beside its dimensions")
    assert isinstance(findings.priorities, Unavailable)


@pytest.mark.parametrize("name", ["nps", "kano", "ecsi", "loyalty-intentions"])
def test_instruments_that_have_no_use_for_drivers_have_none(name: str) -> None:
    instrument = load_instrument(name)
    codes = simulate_codes(instrument, 120, Population(), seed=1)
    drivers = analyse(AnswerTable(instrument=instrument, codes=codes)).drivers
    assert drivers is None or isinstance(drivers, Unavailable)


def loyal(n: int = 300, seed: int = 1) -> AnswerTable:
    """SERVPERF beside one question on recommendation that follows reliability."""
    base, nps = load_instrument("servperf"), load_instrument("nps")
    definition = msgspec.structs.replace(
        base.definition,
        scales=base.definition.scales | nps.definition.scales,
        batteries=base.definition.batteries | {"recommendation": nps.definition.batteries["rating"]},
        items=(
            *(msgspec.structs.replace(item, batteries=("perception",)) for item in base.definition.items),
            msgspec.structs.replace(nps.definition.items[0], number=23, batteries=("recommendation",)),
        ),
        scores=(*base.definition.scores, msgspec.structs.replace(nps.definition.scores[0], battery="recommendation")),
    )
    texts = base.texts["en"]
    asked = nps.texts["en"]
    texts = msgspec.structs.replace(
        texts,
        scales=texts.scales | asked.scales,
        batteries=texts.batteries | {"recommendation": asked.batteries["rating"]},
        items=texts.items | {"recommend": {"recommendation": asked.items["recommend"]["rating"]}},
        placeholders=texts.placeholders | asked.placeholders,
    )
    instrument = msgspec.structs.replace(base, definition=definition, texts={"en": texts})
    codes = simulate_codes(instrument, n, Population(), seed=seed)
    columns = list(instrument.columns)
    reliable = [i for i, c in enumerate(columns) if instrument.item(c.item).dimension == "reliability"]
    level = np.where(codes[:, reliable] > 0, codes[:, reliable], 4).mean(axis=1)
    noise = np.random.default_rng(seed).normal(size=n)
    recommend = next(i for i, c in enumerate(columns) if c.item == "recommend")
    codes[:, recommend] = np.clip(np.round(5 + 2 * (level - level.mean()) + noise), 0, 10)
    return AnswerTable(instrument=instrument, codes=codes)


def test_recommendation_asked_beside_the_dimensions_is_their_outcome_and_gives_them_importance() -> None:
    findings = analyse(loyal())
    assert isinstance(findings.drivers, Drivers)
    assert findings.drivers.outcome_id == "nps"
    assert findings.drivers.drivers[0].id == "reliability"
    assert isinstance(findings.priorities, Priorities)
    assert findings.priorities.basis == "derived"
    assert findings.priorities.outcome == findings.drivers.outcome
    assert {item.id for item in findings.priorities.items} == {driver.id for driver in findings.drivers.drivers}
    assert any("proves no cause" in sentence for sentence in findings.summary.first_steps)


def test_points_come_before_derived_importance() -> None:
    instrument = load_instrument("servqual")
    codes = simulate_codes(instrument, 150, Population(), seed=1)
    priorities = analyse(AnswerTable(instrument=instrument, codes=codes)).priorities
    assert isinstance(priorities, Priorities)
    assert priorities.basis == "points"
    assert sum(item.importance.value for item in priorities.items) == pytest.approx(100.0)
