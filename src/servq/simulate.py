"""Seeded respondents with known loadings, for the demo, the bots and the benchmarks; never for expected numbers.

Every item is a linear mixture of its dimension's factor and noise, rounded to the response scale; the dimensions of one
battery share a general factor. Blanks, "does not apply" and points that miss their total occur as they do in
fieldwork.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from servq.instruments.model import ChoiceBattery, Instrument, PointsBattery, ResponseScale
from servq.scoring import Missing
from servq.scoring.routing import apply_skip_rules

Array = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Population:
    """What is true of the simulated respondents.

    Parameters
    ----------
    loading
        Standardised loading of every item on the factor of its dimension, 0–1.
    between
        Correlation between the factors of two dimensions, 0–1.
    sd
        Standard deviation of an item before rounding, as a share of the scale's range.
    levels
        Mean per battery as a share of the scale's range, 0 (low end) – 1 (high end); 0.7 where not given.
    shifts
        Added to the level of a battery's dimension, by battery and dimension, as a share of the range.
    points
        Mean importance points per dimension; equal where not given.
    blank, not_applicable, wrong_total
        Shares of answers left blank, of answers that do not apply, and of respondents whose points miss the total.
    """

    loading: float = 0.75
    between: float = 0.5
    sd: float = 0.18
    levels: Mapping[str, float] = field(default_factory=dict)
    shifts: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    points: Mapping[str, float] = field(default_factory=dict)
    blank: float = 0.015
    not_applicable: float = 0.01
    wrong_total: float = 0.02


def simulate_codes(instrument: Instrument, n_respondents: int, population: Population, seed: int) -> NDArray[np.int16]:
    """Answer codes of shape (n_respondents, n_columns), columns as in ``instrument.columns``, as answered."""
    random = np.random.default_rng(seed)
    blocks = []
    for battery_id, battery in instrument.definition.batteries.items():
        if isinstance(battery, PointsBattery):
            blocks.append(_points(instrument, battery, n_respondents, population, random))
        elif isinstance(battery, ChoiceBattery):
            blocks.append(_choices(instrument, battery, n_respondents, population, random))
        else:
            blocks.append(_ratings(instrument, battery_id, n_respondents, population, random))
    return apply_skip_rules(instrument, np.column_stack(blocks).astype(np.int16))


def _ratings(
    instrument: Instrument, battery_id: str, n: int, population: Population, random: np.random.Generator
) -> NDArray[np.int64]:
    scale = instrument.scale_of(battery_id)
    items = [instrument.item(item_id) for item_id in instrument.asked_in(battery_id)]
    dimensions = sorted({item.dimension or item.id for item in items})
    general = random.standard_normal((n, 1))
    factors = np.sqrt(population.between) * general + np.sqrt(1 - population.between) * random.standard_normal(
        (n, len(dimensions))
    )
    shifts = population.shifts.get(battery_id, {})
    columns = []
    for item in items:
        dimension = item.dimension or item.id
        noise = np.sqrt(1 - population.loading**2) * random.standard_normal(n)
        standardised = population.loading * factors[:, dimensions.index(dimension)] + noise
        level = population.levels.get(battery_id, 0.7) + shifts.get(dimension, 0.0)
        columns.append(_rounded(level + population.sd * standardised, scale, reverse=item.reversed))
    return _with_blanks(np.column_stack(columns), scale, population, random)


def _rounded(position: Array, scale: ResponseScale, *, reverse: bool) -> NDArray[np.int64]:
    points = np.rint(scale.low + position * (scale.high - scale.low)).clip(scale.low, scale.high).astype(np.int64)
    return scale.low + scale.high - points if reverse else points


def _with_blanks(
    codes: NDArray[np.int64], scale: ResponseScale, population: Population, random: np.random.Generator
) -> NDArray[np.int64]:
    draw = random.random(codes.shape)
    codes[draw < population.blank] = Missing.SKIPPED
    if scale.not_applicable:
        codes[(draw >= population.blank) & (draw < population.blank + population.not_applicable)] = (
            Missing.NOT_APPLICABLE
        )
    return codes


def _points(
    instrument: Instrument, battery: PointsBattery, n: int, population: Population, random: np.random.Generator
) -> NDArray[np.int64]:
    dimensions = battery.dimensions or tuple(dimension.id for dimension in instrument.definition.dimensions)
    means = np.array([population.points.get(dimension, battery.total / len(dimensions)) for dimension in dimensions])
    shares = random.dirichlet(20 * means / means.sum(), size=n)
    points = 5 * np.floor(shares * battery.total / 5).astype(np.int64)
    # What rounding down left over goes to the most important dimension.
    points[np.arange(n), shares.argmax(axis=1)] += battery.total - points.sum(axis=1)
    points[random.random(n) < population.wrong_total, 0] += 5
    return points


def _choices(
    instrument: Instrument, battery: ChoiceBattery, n: int, population: Population, random: np.random.Generator
) -> NDArray[np.int64]:
    """Options drawn at random; where they must differ, each item takes the next of one shuffled list."""
    sizes = [len(instrument.options_of(item.id)) for item in battery.items]
    if battery.distinct:
        order = random.permuted(np.tile(np.arange(1, max(sizes) + 1), (n, 1)), axis=1)
        codes = order[:, : len(sizes)]
    else:
        codes = np.column_stack([random.integers(1, size + 1, n) for size in sizes])
    codes[random.random(codes.shape) < population.blank] = Missing.SKIPPED
    return codes
