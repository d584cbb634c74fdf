"""When a validity statistic may run and how its value is judged: published conventions, each with its source."""

from __future__ import annotations

from servq.analysis.absence import Unavailable
from servq.messages import Message
from servq.statistics import CovarianceFit

EXPLORATORY_MINIMUM_N = 100
EXPLORATORY_N_PER_ITEM = 5
"""Gorsuch (1983, *Factor Analysis*, 2nd ed., p. 332): five respondents per item and never fewer than 100."""

MINIMUM_ITEMS_PER_FACTOR = 3
"""Velicer & Fava (1998, *Psychological Methods* 3, 231–251): fewer variables per factor recover nothing."""

CONFIRMATORY_MINIMUM_N = 200
"""Boomsma (1985, *Psychometrika* 50, 229–242): below it solutions are often improper or not found at all."""

CONFIRMATORY_N_PER_PARAMETER = 5
"""Bentler & Chou (1987, *Sociological Methods & Research* 16, 78–117); fewer respondents are a caveat."""

SALIENT_LOADING = 0.40
LEAST_LOADING = 0.30
"""Floyd & Widaman (1995, *Psychological Assessment* 7, 286–299) name .30 and .40: the higher one marks a loading in the
table, only below the lower one is an item said not to load, so that chance alone seldom accuses it."""

ACCEPTABLE_ADEQUACY = 0.50
"""Kaiser (1974, *Psychometrika* 39, 31–36): a KMO below .50 is unacceptable."""

GOOD_COMPARATIVE_FIT = 0.95
GOOD_RMSEA = 0.06
GOOD_SRMR = 0.08
"""Hu & Bentler (1999, *Structural Equation Modeling* 6, 1–55)."""

POOR_COMPARATIVE_FIT = 0.90
"""Bentler & Bonett (1980, *Psychological Bulletin* 88, 588–606)."""

POOR_RMSEA = 0.10
"""Browne & Cudeck (1993, in Bollen & Long, *Testing Structural Equation Models*, 136–162)."""

POOR_SRMR = 0.10
"""Kline (2016, *Principles and Practice of Structural Equation Modeling*, 4th ed.)."""

ACCEPTABLE_COMPOSITE_RELIABILITY = 0.70
ACCEPTABLE_VARIANCE_EXTRACTED = 0.50
"""Fornell & Larcker (1981, *J. Marketing Research* 18, 39–50); .70 as for alpha (Nunnally 1978)."""

DISTINCT_HTMT = 0.90
"""Henseler, Ringle & Sarstedt (2015, *J. Acad. Marketing Science* 43, 115–135): .90 for constructs that are near."""


def refuse_exploration(n: int, n_items: int) -> Unavailable | None:
    """Why `n` complete respondents may not be factor analysed, or None when they may."""
    needed = max(EXPLORATORY_MINIMUM_N, EXPLORATORY_N_PER_ITEM * n_items)
    if n >= needed:
        return None
    return Unavailable(
        reason=Message(
            "A factor analysis of {n_items} items needs {needed} respondents who answered them all (at least "
            "{minimum}, and {per_item} per item; Gorsuch 1983); there are {n}.",
            n_items=n_items,
            needed=needed,
            minimum=EXPLORATORY_MINIMUM_N,
            per_item=EXPLORATORY_N_PER_ITEM,
            n=n,
        )
    )


def refuse_factors(n_items: int, n_factors: int) -> Unavailable | None:
    """Why so few items may not be spread over so many factors, or None when they may."""
    if n_items >= MINIMUM_ITEMS_PER_FACTOR * n_factors:
        return None
    return Unavailable(
        reason=Message(
            "A factor needs {per_factor} items (Velicer & Fava 1998), the dimensions together {needed}; there are "
            "{n_items}.",
            needed=MINIMUM_ITEMS_PER_FACTOR * n_factors,
            per_factor=MINIMUM_ITEMS_PER_FACTOR,
            n_items=n_items,
        )
    )


def refuse_confirmation(n: int) -> Unavailable | None:
    """Why `n` complete respondents may not test the declared structure, or None when they may."""
    if n >= CONFIRMATORY_MINIMUM_N:
        return None
    return Unavailable(
        reason=Message(
            "A confirmatory factor analysis needs {needed} respondents who answered every item (Boomsma 1985); "
            "there are {n}.",
            needed=CONFIRMATORY_MINIMUM_N,
            n=n,
        )
    )


def doubt_confirmation(n: int, n_parameters: int) -> tuple[Message, ...]:
    """Caveat where respondents are few beside the parameters that they estimate."""
    if n >= CONFIRMATORY_N_PER_PARAMETER * n_parameters:
        return ()
    return (
        Message(
            "{n} respondents estimate {n_parameters} parameters; {per_parameter} for each are advised "
            "(Bentler & Chou 1987).",
            n=n,
            n_parameters=n_parameters,
            per_parameter=CONFIRMATORY_N_PER_PARAMETER,
        ),
    )


def fits_well(fit: CovarianceFit) -> bool:
    """Whether every index reaches its convention."""
    return fit.cfi >= GOOD_COMPARATIVE_FIT and fit.rmsea <= GOOD_RMSEA and fit.srmr <= GOOD_SRMR


def fits_poorly(fit: CovarianceFit) -> bool:
    """Whether any index is beyond what is tolerated."""
    return fit.cfi < POOR_COMPARATIVE_FIT or fit.rmsea > POOR_RMSEA or fit.srmr > POOR_SRMR
