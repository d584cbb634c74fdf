"""Path models by partial least squares, plain and consistent."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from servq.errors import InvalidArgument
from servq.messages import Message
from servq.statistics import pls_report
from servq.statistics.correlations import select_columns, varying_moments
from servq.statistics.estimate import CONFIDENCE_LEVEL
from servq.statistics.matrix import as_items, complete_rows
from servq.statistics.moments import Moments
from servq.statistics.paths_diagram import Blocks, Modes, PathDiagram, Paths
from servq.statistics.pls_bootstrap import Progress, Resampling, bootstrap
from servq.statistics.pls_estimation import Estimation
from servq.statistics.pls_report import Fitted
from servq.statistics.pls_result import PathModel
from servq.statistics.pls_weights import Scheme, Search

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

TOLERANCE = 1e-10
MAX_ITERATIONS = 300
SEED = 20_240_501


def pls_path_model(
    frame: object,
    blocks: Blocks,
    paths: Paths,
    scheme: Scheme = "centroid",
    modes: Modes | None = None,
    *,
    standardize: bool = True,
    n_resamples: int = 0,
    seed: int = SEED,
    confidence_level: float = CONFIDENCE_LEVEL,
    progress: Progress | None = None,
    tolerance: float = TOLERANCE,
    max_iterations: int = MAX_ITERATIONS,
) -> PathModel:
    """Fit a path model by partial least squares.

    Parameters
    ----------
    frame
        Answers with a column for each item (other columns are not looked at), NaN where missing; or an array whose
        columns are called ``"1"`` … ``"k"``; or `Moments` (then without scores and bootstrap). Respondents who left an
        item of the model blank are dropped (list-wise).
    blocks
        Items of each construct, ``{"loyalty": ["loy_1", "loy_2"], …}``. A single item is its construct. An item may
        stand in several blocks.
    paths
        Pairs ``(from, to)``; or a mapping of each explained construct to those that lead to it. No circles.
    scheme
        Inner weights: ``"centroid"`` (signs of correlations), ``"factorial"`` (correlations) or ``"path"``
        (regression coefficients of predecessors, correlations of successors).
    modes
        ``"A"`` (items reflect the construct; the default) or ``"B"`` (items form it): for all, or by construct.
    standardize
        Standardise items before weighting. Without, items of mode A count by their variance, so a change of an item's
        unit changes the model.
    n_resamples
        Bootstrap resamples behind the percentile intervals; 0 for none.
    seed
        Of the bootstrap; the same seed, data and order of rows give the same intervals.
    confidence_level
        Of the intervals.
    progress
        Called as ``progress(done, wanted)`` every 100 resamples.
    tolerance, max_iterations
        The search ends when no standardised weight changes by more than `tolerance`; one that has not ended after
        `max_iterations` steps is a caveat.

    Returns
    -------
    PathModel

    Raises
    ------
    InvalidArgument
        Unknown items, constructs, scheme or mode; a construct without a path; paths in a circle; a bootstrap of
        `Moments`.
    NotEstimable
        No more respondents than predecessors of a construct plus one; an item without variance; items of mode B or
        predecessors that determine each other; a score without variance.

    Notes
    -----
    Weights give each score a variance of 1 (n − 1 divisor). **Signs:** a construct points where its loadings add up to
    a positive number; turn negatively worded items round beforehand. In a resample, it points where its score
    correlates positively with the score that the original weights give. Resamples in which an item does not vary, a
    matrix is singular or the search does not end are left out and counted in a caveat; where more than half are, there
    are no intervals. Percentiles are interpolated linearly (R type 7).

    With fewer respondents than items mode A can still be fitted, with a caveat. GoF, communality and R² follow
    Tenenhaus et al. (2005). R: ``plspm(…, scheme, modes, scaled)``, ``seminr::estimate_pls``, ``cSEM::csem`` with
    ``.disattenuate = FALSE``, ``semPLS::sempls``.

    References
    ----------
    Wold, H. (1982). Soft modeling: the basic design and some extensions. In K. G. Jöreskog & H. Wold (eds), Systems
    under indirect observation, part 2, 1–54. North-Holland.
    Tenenhaus, M., Esposito Vinzi, V., Chatelin, Y.-M. & Lauro, C. (2005). PLS path modeling. Computational Statistics
    & Data Analysis, 48, 159–205.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(1)
    >>> quality = rng.normal(size=(300, 1))
    >>> loyalty = 0.7 * quality + rng.normal(size=(300, 1))
    >>> answers = np.hstack([quality + rng.normal(size=(300, 3)), loyalty + rng.normal(size=(300, 2))])
    >>> blocks = {"quality": ["1", "2", "3"], "loyalty": ["4", "5"]}
    >>> model = pls_path_model(answers, blocks, [("quality", "loyalty")])
    >>> bool(0.3 < model.path_coefficients["quality", "loyalty"] < 0.6)
    True
    """
    diagram = PathDiagram.of(blocks, paths, modes)
    search = Search(scheme=scheme, tolerance=tolerance, max_iterations=max_iterations)
    resampling = Resampling(n_resamples=n_resamples, seed=seed, confidence_level=confidence_level, progress=progress)
    return _fit(frame, diagram, search, resampling, standardize=standardize, consistent=False)


def plsc(
    frame: object,
    blocks: Blocks,
    paths: Paths,
    scheme: Scheme = "path",
    modes: Modes | None = None,
    *,
    n_resamples: int = 0,
    seed: int = SEED,
    confidence_level: float = CONFIDENCE_LEVEL,
    progress: Progress | None = None,
    tolerance: float = TOLERANCE,
    max_iterations: int = MAX_ITERATIONS,
) -> PathModel:
    """Fit a path model by consistent partial least squares, which corrects for measurement error.

    Parameters
    ----------
    frame, blocks, paths, modes, n_resamples, seed, confidence_level, progress, tolerance, max_iterations
        As for `pls_path_model`.
    scheme
        As there; the default is that of seminr and cSEM.

    Returns
    -------
    PathModel
        Loadings, correlations of constructs, coefficients, effects, R², VIF, f² and reliabilities are the corrected
        ones; weights and scores are those of `pls_path_model`. A reliability or loading beyond 1 and contradictory
        correlations are caveats.

    Raises
    ------
    InvalidArgument
        As `pls_path_model`.
    NotEstimable
        As `pls_path_model`; also where the reliability rho_A of a construct of several items is not positive.

    Notes
    -----
    Correlations are divided by the root of both scores' rho_A; loadings are proportional to the weights. Constructs of
    mode B and single items are taken as free of error. Resamples that cannot be corrected are left out, improper ones
    are kept. R: ``seminr::estimate_pls`` with reflective constructs, ``cSEM::csem``.

    References
    ----------
    Dijkstra, T. K. & Henseler, J. (2015). Consistent partial least squares path modeling. MIS Quarterly, 39, 297–316.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(1)
    >>> quality = rng.normal(size=(1000, 1))
    >>> loyalty = 0.6 * quality + 0.8 * rng.normal(size=(1000, 1))
    >>> answers = np.hstack([quality + rng.normal(size=(1000, 3)), loyalty + rng.normal(size=(1000, 3))])
    >>> blocks = {"quality": ["1", "2", "3"], "loyalty": ["4", "5", "6"]}
    >>> model = plsc(answers, blocks, [("quality", "loyalty")])
    >>> bool(0.5 < model.path_coefficients["quality", "loyalty"] < 0.7)
    True
    """
    diagram = PathDiagram.of(blocks, paths, modes)
    search = Search(scheme=scheme, tolerance=tolerance, max_iterations=max_iterations)
    resampling = Resampling(n_resamples=n_resamples, seed=seed, confidence_level=confidence_level, progress=progress)
    return _fit(frame, diagram, search, resampling, standardize=True, consistent=True)


def _fit(
    frame: object, diagram: PathDiagram, search: Search, resampling: Resampling, *, standardize: bool, consistent: bool
) -> PathModel:
    if isinstance(frame, Moments) and resampling.n_resamples:
        raise InvalidArgument("Moments hold no respondents to draw from; give the answers, or n_resamples=0.")
    moments = varying_moments(frame, diagram.items, argument="frame")
    estimation = Estimation(search=search, standardize=standardize, consistent=consistent)
    outer, inner = estimation.fit(diagram, moments)
    values = None if isinstance(frame, Moments) else _answers(frame, diagram)
    spread = None
    if values is not None and resampling.n_resamples:
        spread = bootstrap(diagram, complete_rows(values), inner.numbers, estimation, resampling)
    fitted = Fitted(
        diagram=diagram,
        moments=moments,
        structure=inner,
        spread=spread,
        confidence_level=resampling.confidence_level,
        r_squared_without={path: estimation.r_squared_without(diagram, moments, *path) for path in diagram.paths},
        method=estimation.method + (", bootstrap percentile interval" if spread is not None else ""),
    )
    caveats = pls_report.caveats(fitted, consistent=consistent) + _about_resamples(resampling.n_resamples, fitted)
    if not outer.converged[0]:
        caveats += (Message("The search did not converge; the numbers are where it stopped and mean little."),)
    return PathModel(
        constructs=pls_report.constructs(fitted),
        paths=pls_report.paths(fitted),
        effects=pls_report.effects(fitted),
        goodness_of_fit=pls_report.goodness_of_fit(fitted),
        construct_correlations=inner.correlations[0],
        scores=None if values is None else _scores(diagram, values, moments, outer.weights[0]),
        moments=moments,
        answer_ranges={} if values is None else _ranges(diagram, values),
        scheme=search.scheme,
        standardized=standardize,
        consistent=consistent,
        n=moments.n,
        method=estimation.method,
        converged=bool(outer.converged[0]),
        n_iterations=int(outer.n_iterations[0]),
        n_resamples=0 if spread is None else spread.n_usable,
        caveats=caveats,
    )


def _answers(frame: object, diagram: PathDiagram) -> Array:
    """Answers to the items of the model, shape (n_respondents, n_items)."""
    answers = as_items(select_columns(frame, diagram.items, argument="frame"), argument="frame")
    return answers.values.astype(np.float64, copy=False)


def _ranges(diagram: PathDiagram, values: Array) -> dict[str, tuple[float, float]]:
    complete = complete_rows(values)
    ends = zip(diagram.items, complete.min(axis=0), complete.max(axis=0), strict=True)
    return {item: (float(low), float(high)) for item, low, high in ends}


def _scores(diagram: PathDiagram, values: Array, moments: Moments, weights: Array) -> Array:
    """Standardised scores; a blank in any item of the model leaves the whole row blank, as in the fit."""
    blank = np.isnan(values).any(axis=1)
    standardised = (values - moments.mean) / moments.sd
    scores: Array = standardised[:, diagram.item_of] @ (weights[:, None] * diagram.membership)
    scores[blank] = np.nan
    return scores


def _about_resamples(wanted: int, fitted: Fitted) -> tuple[Message, ...]:
    if wanted == 0:
        return ()
    if fitted.spread is None:
        return (Message("No intervals: more than half of {n} resamples could not be fitted.", n=wanted),)
    lost = wanted - fitted.spread.n_usable
    if lost == 0:
        return ()
    return (Message("{lost} of {n} resamples could not be fitted and are left out.", lost=lost, n=wanted),)
