"""Control charts: whether a wave differs from the others by more than chance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import gammaln

from servq.errors import InvalidArgument, NotEstimable
from servq.messages import Message
from servq.statistics.comparison import SampleSummary, is_constant
from servq.statistics.comparison_samples import read_groups
from servq.statistics.matrix import as_vector

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: Shewhart's limits.
SIGMAS = 3.0
#: Points in a row on one side of the centre that are no chance (Western Electric 1956).
RUN_LENGTH = 8
#: Waves from which a chart's centre and limits are settled (Montgomery 2012: 20 to 25).
SETTLED_WAVES = 20


@dataclass(frozen=True, kw_only=True)
class ControlChart:
    """A series of waves with the limits that chance keeps to.

    Parameters
    ----------
    labels
        Waves, in order.
    points, lower, upper
        Value and three-sigma limits of each wave, shape (n_waves,).
    sizes
        Respondents of each wave.
    centre
        The common value.
    sigma
        Standard deviation of a single answer (of a share: at the centre).
    outside
        True where a point lies beyond its limits.
    in_run
        True where a point ends a run of eight or more on one side of the centre.
    method
        Which chart.
    caveats
        What a careful reader must know.
    """

    labels: tuple[str, ...]
    points: NDArray[np.float64]
    lower: NDArray[np.float64]
    upper: NDArray[np.float64]
    sizes: NDArray[np.float64]
    centre: float
    sigma: float
    outside: NDArray[np.bool_]
    in_run: NDArray[np.bool_]
    method: str
    caveats: tuple[Message, ...]


def p_chart(successes: object, n: object, *, labels: Sequence[str] | None = None) -> ControlChart:
    """Control chart of a share.

    Parameters
    ----------
    successes, n
        Counts per wave, shape (n_waves,) each.
    labels
        Names of the waves; 1, 2, … when None.

    Raises
    ------
    InvalidArgument
        Different lengths, or counts that are not whole numbers with 0 ≤ successes ≤ n and n ≥ 1.
    NotEstimable
        Fewer than two waves, or everybody (or nobody) counts in all of them.

    Notes
    -----
    Limits lie within 0–1. R equivalent: ``qcc::qcc(successes, type = "p", sizes = n)``. Source: Shewhart (1931),
    *Economic Control of Quality of Manufactured Product*; Montgomery (2012), *Statistical Quality Control*, 7.2.

    Examples
    --------
    >>> chart = p_chart([40, 42, 38, 61], [100, 100, 100, 100])
    >>> chart.outside.tolist(), round(chart.centre, 4), round(float(chart.upper[0]), 4)
    ([False, False, False, True], 0.4525, 0.6018)
    """
    counted, sizes = as_vector(successes, argument="successes"), as_vector(n, argument="n")
    if len(counted) != len(sizes):
        raise InvalidArgument(f"successes and n must name the same waves; they have {len(counted)} and {len(sizes)}.")
    whole = (counted == np.round(counted)) & (sizes == np.round(sizes))
    if not (whole & (counted >= 0) & (counted <= sizes) & (sizes >= 1)).all():
        raise InvalidArgument("Counts must be whole numbers with 0 ≤ successes ≤ n and n ≥ 1.")
    _check_waves(len(sizes))
    centre = float(counted.sum() / sizes.sum())
    if centre in (0.0, 1.0):
        raise NotEstimable(Message("All answers in all waves are alike, so chance has no limits."), n=int(sizes.sum()))
    sigma = (centre * (1 - centre)) ** 0.5
    return _chart(
        tuple(map(str, range(1, len(sizes) + 1)) if labels is None else labels),
        counted / sizes,
        sizes,
        centre,
        sigma,
        bounds=(0.0, 1.0),
        method="p chart, three sigma",
    )


def xbar_chart(values: object, waves: object) -> ControlChart:
    """Control chart of a mean.

    Parameters
    ----------
    values, waves
        Shape (n_respondents,) each: an answer or score, and its wave. Rows with a NaN are left out, waves with a single
        value too, with a caveat. Waves stand in the order of their labels (numbers as numbers, dates as ISO text).

    Raises
    ------
    NotEstimable
        Fewer than two waves of two, or no variance within the waves.

    Notes
    -----
    Sigma is the pooled standard deviation within waves, freed of bias by c4. R equivalent: ``qcc::qcc(groups, type =
    "xbar", std.dev = "RMSDF")``. Source: Montgomery (2012), *Statistical Quality Control*, 6.3.

    Examples
    --------
    >>> chart = xbar_chart([4, 5, 6, 5, 4, 6, 9, 9, 8], [1, 1, 1, 2, 2, 2, 3, 3, 3])
    >>> chart.points.round(2).tolist(), chart.outside.tolist()
    ([5.0, 5.0, 8.67], [False, False, True])
    """
    samples = read_groups(values, waves)
    chart = xbar_chart_from(tuple(samples.summaries.values()), labels=tuple(samples.samples))
    return ControlChart(**vars(chart) | {"caveats": samples.caveats + chart.caveats})


def xbar_chart_from(waves: Sequence[SampleSummary], *, labels: Sequence[str] | None = None) -> ControlChart:
    """Control chart of a mean from n, mean and standard deviation of each wave; see `xbar_chart`."""
    _check_waves(len(waves))
    sizes = np.array([one.n for one in waves], dtype=float)
    means = np.array([one.mean for one in waves])
    df = float((sizes - 1).sum())
    pooled = (float(((sizes - 1) * np.array([one.sd for one in waves]) ** 2).sum()) / df) ** 0.5 if df else 0.0
    centre = float(sizes @ means / sizes.sum())
    if is_constant(max(abs(means)), pooled):
        raise NotEstimable(Message("The values do not vary within any wave."), n=int(sizes.sum()))
    unbiasing = (2 / df) ** 0.5 * float(np.exp(gammaln((df + 1) / 2) - gammaln(df / 2)))
    return _chart(
        tuple(map(str, range(1, len(sizes) + 1)) if labels is None else labels),
        means,
        sizes,
        centre,
        pooled / unbiasing,
        bounds=(-np.inf, np.inf),
        method="x̄ chart, pooled standard deviation, three sigma",
    )


def _chart(
    labels: tuple[str, ...],
    points: NDArray[np.float64],
    sizes: NDArray[np.float64],
    centre: float,
    sigma: float,
    *,
    bounds: tuple[float, float],
    method: str,
) -> ControlChart:
    if len(labels) != len(points):
        raise InvalidArgument(f"labels must name every wave; there are {len(labels)} for {len(points)} waves.")
    reach = SIGMAS * sigma / np.sqrt(sizes)
    lower, upper = np.maximum(centre - reach, bounds[0]), np.minimum(centre + reach, bounds[1])
    caveats = (
        (Message("With {n} waves the limits are not settled yet; 20 are usual.", n=len(points)),)
        if len(points) < SETTLED_WAVES
        else ()
    )
    return ControlChart(
        labels=labels,
        points=points,
        lower=lower,
        upper=upper,
        sizes=sizes,
        centre=centre,
        sigma=sigma,
        outside=(points < lower) | (points > upper),
        in_run=_in_run(np.sign(points - centre)),
        method=method,
        caveats=caveats,
    )


def _in_run(sides: NDArray[np.float64]) -> NDArray[np.bool_]:
    length, last = 0, 0.0
    flags = np.zeros(len(sides), dtype=bool)
    for position, side in enumerate(sides):
        length = length + 1 if side != 0 and side == last else int(side != 0)
        last = side
        flags[position] = length >= RUN_LENGTH
    return flags


def _check_waves(n_waves: int) -> None:
    if n_waves < 2:  # one wave has nothing to differ from
        raise NotEstimable(Message("A chart needs at least two waves; there are {n}.", n=n_waves), n=n_waves)
