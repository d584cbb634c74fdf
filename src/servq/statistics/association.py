"""Association of two categorical answers: the chi-square test of independence and Cramér's V."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import chdtrc

from servq.errors import InvalidArgument, NotEstimable
from servq.messages import Message
from servq.statistics.comparison_quantiles import check_confidence_level
from servq.statistics.comparison_samples import read_labels
from servq.statistics.effect_size_noncentral import noncentral_chi_square_interval
from servq.statistics.estimate import CONFIDENCE_LEVEL, Comparison, Estimate
from servq.statistics.matrix import as_items

if TYPE_CHECKING:
    from numpy.typing import NDArray

MINIMUM_EXPECTED = 5.0  # Cochran (1954), Biometrics 10, 417–451


@dataclass(frozen=True, kw_only=True)
class ContingencyTest(Comparison):
    """Chi-square test of a table; ``value`` is Cramér's V.

    Parameters
    ----------
    rows, columns
        Labels of the table without its empty rows and columns.
    observed, expected
        Counts, shape (n_rows, n_columns).
    standardised_residuals
        (observed − expected) in standard errors; beyond ±2 a cell deserves a look.
    """

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    observed: NDArray[np.float64]
    expected: NDArray[np.float64]
    standardised_residuals: NDArray[np.float64]


def chi_square(
    rows: object, columns: object | None = None, *, continuity: bool = False, confidence_level: float = CONFIDENCE_LEVEL
) -> ContingencyTest:
    """Pearson's chi-square test that two categorical answers are independent.

    Parameters
    ----------
    rows, columns
        One label per respondent each (None and NaN are left out in pairs); or `rows` alone: a table of counts, shape
        (n_rows, n_columns). Empty rows and columns of the table are dropped.
    continuity
        Yates' correction of a table of two by two.
    confidence_level
        Nominal coverage of the interval of V, 0–1.

    Raises
    ------
    InvalidArgument
        Different lengths, or a table with counts that are missing, negative or broken.
    NotEstimable
        Fewer than two rows or columns with answers.

    Notes
    -----
    Expected counts below 5 add a caveat. R equivalent: ``chisq.test(table, correct = continuity)`` with ``$stdres``.
    Source: Pearson (1900), *Phil. Mag.* 50, 157–175.

    Examples
    --------
    >>> test = chi_square([[20, 10], [10, 20]])
    >>> round(test.statistic, 4), test.df, round(test.p_value, 4), round(test.value, 4)
    (6.6667, 1, 0.0098, 0.3333)
    """
    check_confidence_level(confidence_level)
    observed, row_labels, column_labels = _read_table(rows, columns)
    n = float(observed.sum())
    smaller = min(observed.shape)
    if smaller < 2:  # independence needs two categories each
        raise NotEstimable(Message("Independence needs at least two categories with answers on each side."), n=int(n))
    row_share, column_share = observed.sum(axis=1) / n, observed.sum(axis=0) / n
    expected = n * np.outer(row_share, column_share)
    deviation = observed - expected
    size = np.abs(deviation)
    if continuity and observed.shape == (2, 2):
        size = size - min(0.5, float(size.min()))
    statistic = float((size**2 / expected).sum())
    df = (observed.shape[0] - 1) * (observed.shape[1] - 1)
    plain = float((deviation**2 / expected).sum())
    low, high = noncentral_chi_square_interval(plain, df, confidence_level)
    few = int((expected < MINIMUM_EXPECTED).sum())
    caveats = (
        (Message("{few} of {cells} expected counts are below 5; the p-value is rough.", few=few, cells=expected.size),)
        if few
        else ()
    )
    return ContingencyTest(
        value=min(1.0, math.sqrt(plain / (n * (smaller - 1)))),
        ci_low=min(1.0, math.sqrt(low / (n * (smaller - 1)))),
        ci_high=min(1.0, math.sqrt(high / (n * (smaller - 1)))),
        confidence_level=confidence_level,
        n=int(n),
        method="chi-square test of independence, Cramér's V with noncentral chi-square interval",
        caveats=caveats,
        statistic=statistic,
        df=df,
        p_value=float(chdtrc(df, statistic)),
        rows=row_labels,
        columns=column_labels,
        observed=observed,
        expected=expected,
        standardised_residuals=deviation / np.sqrt(expected * np.outer(1 - row_share, 1 - column_share)),
    )


def cramers_v(rows: object, columns: object | None = None, *, confidence_level: float = CONFIDENCE_LEVEL) -> Estimate:
    """Strength of the association of two categorical answers, 0–1.

    Parameters, errors and caveats as in `chi_square`; never with a continuity correction.

    Notes
    -----
    V = √(χ² / (n (min(rows, columns) − 1))), with the bounds of the noncentrality parameter in the place of χ². V
    overstates the association in small samples and may lie above an interval that chance has pressed to 0.

    R equivalent: ``effectsize::cramers_v(table, adjust = FALSE)``. Sources: Cramér (1946), *Mathematical Methods of
    Statistics*; Smithson (2003), *Confidence Intervals*.

    Examples
    --------
    >>> effect = cramers_v([[20, 10], [10, 20]])
    >>> round(effect.value, 4), round(effect.ci_low, 4), round(effect.ci_high, 4)
    (0.3333, 0.0787, 0.5864)
    """
    test = chi_square(rows, columns, confidence_level=confidence_level)
    caveats = test.caveats
    if not (test.ci_low or 0.0) <= test.value <= (test.ci_high or 0.0):
        caveats += (Message("The association is weaker than chance alone would make it; the interval is not usable."),)
    return Estimate(
        value=test.value,
        ci_low=test.ci_low,
        ci_high=test.ci_high,
        confidence_level=confidence_level,
        n=test.n,
        method="Cramér's V, noncentral chi-square interval",
        caveats=caveats,
    )


def _read_table(rows: object, columns: object | None) -> tuple[NDArray[np.float64], tuple[str, ...], tuple[str, ...]]:
    if columns is None:
        table = as_items(rows, argument="rows")
        counts = np.asarray(table.values, dtype=np.float64)
        if not ((counts >= 0) & (counts == np.round(counts))).all():
            raise InvalidArgument("rows must hold counts: whole numbers of at least 0, none missing.")
        row_labels, column_labels = tuple(map(str, range(1, len(counts) + 1))), table.names
    else:
        row_codes, row_labels = read_labels(rows, argument="rows")
        column_codes, column_labels = read_labels(columns, argument="columns")
        if len(row_codes) != len(column_codes):
            raise InvalidArgument(
                "rows and columns must be aligned by respondent; "
                f"they have {len(row_codes)} and {len(column_codes)} entries."
            )
        counts = np.zeros((len(row_labels), len(column_labels)))
        both = (row_codes >= 0) & (column_codes >= 0)
        np.add.at(counts, (row_codes[both], column_codes[both]), 1)
    kept_rows, kept_columns = counts.sum(axis=1) > 0, counts.sum(axis=0) > 0
    return (
        counts[np.ix_(kept_rows, kept_columns)],
        tuple(label for label, kept in zip(row_labels, kept_rows, strict=True) if kept),
        tuple(label for label, kept in zip(column_labels, kept_columns, strict=True) if kept),
    )
