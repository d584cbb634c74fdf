"""Change since the previous wave, and sites side by side: who differs from the rest, and how sure a rank is."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.special import stdtr

from servq.errors import InvalidArgument, NotEstimable
from servq.messages import Message
from servq.statistics.adjustment import AdjustmentMethod, adjust_p_values, with_adjusted_p
from servq.statistics.comparison import (
    MINIMUM_N,
    SampleSummary,
    is_constant,
    paired_comparison,
    welch_t_test,
    welch_t_test_from,
)
from servq.statistics.comparison_quantiles import check_confidence_level
from servq.statistics.comparison_samples import read_groups, read_labels
from servq.statistics.estimate import CONFIDENCE_LEVEL, Comparison
from servq.statistics.matrix import as_vector


@dataclass(frozen=True, kw_only=True)
class SiteComparison(Comparison):
    """A site's mean less the mean of all respondents of the other sites."""

    site: str
    mean_site: float
    mean_others: float


@dataclass(frozen=True, kw_only=True)
class SiteRank:
    """A site's rank by its mean, 1 for the highest, with the ranks that the data cannot rule out.

    ``rank`` is the mean rank where sites are tied. All intervals together hold at ``confidence_level``.
    """

    site: str
    n: int
    mean: float
    rank: float
    rank_low: int
    rank_high: int
    confidence_level: float


def change_since(
    previous: object,
    current: object,
    *,
    previous_ids: object | None = None,
    current_ids: object | None = None,
    confidence_level: float = CONFIDENCE_LEVEL,
) -> Comparison:
    """Change of a mean since the previous wave, current − previous.

    Parameters
    ----------
    previous, current
        Values of both waves, shapes (n_previous,) and (n_current,); NaN is left out.
    previous_ids, current_ids
        Respondent ids of both waves. With them the change of those who answered twice is tested in pairs; without them
        the waves are independent samples.
    confidence_level
        Nominal coverage, 0–1.

    Returns
    -------
    Comparison
        A `TwoSampleComparison` (first = current), or with ids a `PairedComparison` of the respondents in both waves.

    Raises
    ------
    InvalidArgument
        One set of ids only, ids of the wrong length, or an id twice in a wave.
    NotEstimable
        Fewer than two values in a wave, fewer than two respondents in both, or no variance.

    Notes
    -----
    R equivalent: ``t.test(current, previous)``, or with ``paired = TRUE`` after merging by id. Sources: Welch (1947),
    *Biometrika* 34, 28–35; Student (1908), *Biometrika* 6, 1–25.

    Examples
    --------
    >>> change_since([4, 5, 5, 6], [6, 5, 7, 6]).value
    1.0
    >>> change_since([4, 5, 5], [6, 5, 7], previous_ids=["a", "b", "c"], current_ids=["c", "b", "d"]).n
    2
    """
    if previous_ids is None and current_ids is None:
        return welch_t_test(current, previous, confidence_level=confidence_level)
    if previous_ids is None or current_ids is None:
        raise InvalidArgument("A paired change needs the respondent ids of both waves.")
    before = _by_id(previous, previous_ids, "previous")
    now = _by_id(current, current_ids, "current")
    both = [respondent for respondent in now if respondent in before]
    test = paired_comparison(
        [now[respondent] for respondent in both],
        [before[respondent] for respondent in both],
        confidence_level=confidence_level,
    )
    left = len(now) + len(before) - 2 * len(both)
    if not left:
        return test
    caveat = Message("Respondents of one wave only, who are not in this change: {left}.", left=left)
    return replace(test, caveats=(*test.caveats, caveat))


def compare_sites(
    values: object,
    sites: object,
    *,
    adjustment: AdjustmentMethod = "benjamini_hochberg",
    confidence_level: float = CONFIDENCE_LEVEL,
) -> tuple[SiteComparison, ...]:
    """Compare each site with all other sites together, the false discovery rate held over the sites.

    Parameters
    ----------
    values, sites
        Shape (n_respondents,) each: a value and a site. Rows with a missing value or site are left out, sites with a
        single value too, with a caveat.
    adjustment
        See `adjust_p_values`.
    confidence_level
        Nominal coverage of each interval, 0–1; the intervals are not adjusted.

    Raises
    ------
    NotEstimable
        Fewer than two sites of two, or nothing varies.

    Notes
    -----
    Welch's t test of the site against the respondents of all other sites. R equivalent: ``t.test(x[site == s], x[site
    != s])`` for each site and ``p.adjust(p, "BH")``. Source: Benjamini & Hochberg (1995), *JRSS B* 57, 289–300.

    Examples
    --------
    >>> compared = compare_sites([4, 5, 4, 6, 7, 6, 4, 5, 5], list("aaabbbccc"))
    >>> [(one.site, round(one.value, 2), round(one.p_adjusted, 3)) for one in compared]
    [('a', -1.17, 0.105), ('b', 1.83, 0.033), ('c', -0.67, 0.301)]
    """
    samples = read_groups(values, sites)
    return compare_sites_from(
        samples.summaries, adjustment=adjustment, confidence_level=confidence_level, caveats=samples.caveats
    )


def compare_sites_from(
    sites: dict[str, SampleSummary],
    *,
    adjustment: AdjustmentMethod = "benjamini_hochberg",
    confidence_level: float = CONFIDENCE_LEVEL,
    caveats: tuple[Message, ...] = (),
) -> tuple[SiteComparison, ...]:
    """Compare each site with all others from n, mean and standard deviation of each; see `compare_sites`."""
    if len(sites) < MINIMUM_N:
        raise NotEstimable(Message("There is no other site to compare with."), n=sum(one.n for one in sites.values()))
    compared = []
    for (site, summary), others in zip(sites.items(), _all_others(tuple(sites.values())), strict=True):
        test = welch_t_test_from(summary, others, confidence_level=confidence_level)
        shared = {name: getattr(test, name) for name in Comparison.__dataclass_fields__}
        shared |= {"caveats": caveats, "method": "site less all others, Welch t test"}
        compared.append(SiteComparison(**shared, site=site, mean_site=summary.mean, mean_others=others.mean))
    return with_adjusted_p(compared, adjustment)


def rank_sites(values: object, sites: object, *, confidence_level: float = CONFIDENCE_LEVEL) -> tuple[SiteRank, ...]:
    """Rank sites by their means, highest first, with the interval of each rank.

    Parameters
    ----------
    values, sites
        Shape (n_respondents,) each: a value and a site. Rows with a missing value or site are left out; so is a site
        with a single value.
    confidence_level
        Nominal coverage of all intervals together, 0–1.

    Returns
    -------
    tuple of SiteRank
        By rank. A site's best rank is 1 + the number of sites that lie significantly above it, its worst the number of
        sites less those significantly below it.

    Raises
    ------
    NotEstimable
        Fewer than two sites of two, or two sites without any variance.

    Notes
    -----
    Pairs are compared by Welch's t test with Holm's adjustment over all pairs, so that the ranks hold together. R
    equivalent: ``csranks::csranks`` (which resamples). Sources: Mogstad, Romano, Shaikh & Wilhelm (2024), *Rev. Econ.
    Stud.* 91, 476–518; Holm (1979).

    Examples
    --------
    >>> ranks = rank_sites([4, 5, 4, 5, 8, 9, 8, 9, 5, 4, 5, 5], list("aaaabbbbcccc"))
    >>> [(one.site, one.rank, one.rank_low, one.rank_high) for one in ranks]
    [('b', 1.0, 1, 1), ('c', 2.0, 2, 3), ('a', 3.0, 2, 3)]
    """
    samples = read_groups(values, sites)
    return rank_sites_from(samples.summaries, confidence_level=confidence_level)


def rank_sites_from(
    sites: dict[str, SampleSummary], *, confidence_level: float = CONFIDENCE_LEVEL
) -> tuple[SiteRank, ...]:
    """Rank sites from n, mean and standard deviation of each; see `rank_sites`."""
    check_confidence_level(confidence_level)
    n_sites, n = len(sites), sum(one.n for one in sites.values())
    if n_sites < MINIMUM_N or min(one.n for one in sites.values()) < MINIMUM_N:
        raise NotEstimable(Message("Ranks need at least 2 sites with at least 2 values each."), n=n)
    sizes, means, sds = (np.array(column, dtype=float) for column in zip(*sites.values(), strict=True))
    shares = sds**2 / sizes
    first, second = np.triu_indices(n_sites, 1)
    variance = shares[first] + shares[second]
    largest = np.maximum(abs(means[first]), abs(means[second]))
    if any(is_constant(mean, se) for mean, se in zip(largest, np.sqrt(variance), strict=True)):
        raise NotEstimable(Message("Two sites do not vary at all, so their order has no error."), n=n)
    df = variance**2 / (shares[first] ** 2 / (sizes[first] - 1) + shares[second] ** 2 / (sizes[second] - 1))
    difference = means[first] - means[second]
    p_values = adjust_p_values(2 * stdtr(df, -np.abs(difference) / np.sqrt(variance)), "holm")
    differs = p_values <= 1 - confidence_level
    above, below = np.zeros(n_sites, dtype=int), np.zeros(n_sites, dtype=int)
    lower, higher = np.where(difference < 0, first, second)[differs], np.where(difference < 0, second, first)[differs]
    np.add.at(above, lower, 1)
    np.add.at(below, higher, 1)
    better = (means[None, :] > means[:, None]).sum(axis=1)
    tied = (means[None, :] == means[:, None]).sum(axis=1)
    ranks = [
        SiteRank(
            site=site,
            n=summary.n,
            mean=summary.mean,
            rank=float(better[place] + (tied[place] + 1) / 2),
            rank_low=int(1 + above[place]),
            rank_high=int(n_sites - below[place]),
            confidence_level=confidence_level,
        )
        for place, (site, summary) in enumerate(sites.items())
    ]
    return tuple(sorted(ranks, key=lambda one: one.rank))


def _all_others(sites: tuple[SampleSummary, ...]) -> list[SampleSummary]:
    sizes, means, sds = (np.array(column, dtype=float) for column in zip(*sites, strict=True))
    n_others = sizes.sum() - sizes
    mean_others = (sizes @ means - sizes * means) / n_others
    # Every squared deviation of the others from their own mean; sums of what is at least 0 do not cancel.
    squares = ((sizes - 1) * sds**2)[None, :] + sizes[None, :] * (means[None, :] - mean_others[:, None]) ** 2
    np.fill_diagonal(squares, 0.0)
    spread = np.sqrt(squares.sum(axis=1) / np.maximum(n_others - 1, 1))  # one other value: the test refuses it
    return [
        SampleSummary(int(n), float(mean), float(sd)) for n, mean, sd in zip(n_others, mean_others, spread, strict=True)
    ]


def _by_id(values: object, ids: object, wave: str) -> dict[str, float]:
    vector = as_vector(values, argument=wave)
    codes, labels = read_labels(ids, argument=f"{wave}_ids")
    if len(codes) != len(vector):
        raise InvalidArgument(f"{wave}_ids must have one id per value; there are {len(codes)} for {len(vector)}.")
    usable = (codes >= 0) & ~np.isnan(vector)
    twice = np.flatnonzero(np.bincount(codes[usable]) > 1)
    if twice.size:
        name = labels[twice[0]]
        raise InvalidArgument(f"{wave}_ids names {name} more than once; a respondent has one response per wave.")
    return {labels[code]: value for code, value in zip(codes[usable].tolist(), vector[usable].tolist(), strict=True)}
