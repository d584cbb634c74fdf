"""Assessors and customers of the same sites stand side by side, and no more is claimed than the sites carry."""

from __future__ import annotations

import numpy as np
import pytest

from servq.analysis.absence import Unavailable
from servq.analysis.customers_beside import make_customers_beside
from servq.analysis.customers_findings import CustomersBeside
from servq.analysis.estimating import Estimator
from servq.instruments import load_instrument
from servq.scoring import AnswerTable
from servq.statistics import Estimate

PER_SITE = 6


def visits(levels: dict[str, int]) -> AnswerTable:
    """Two visits per site whose every item has the same point above the lowest."""
    instrument = load_instrument("mystery-shopping")
    sites = [site for site in levels for _ in range(2)]
    codes = np.zeros((len(sites), len(instrument.columns)), dtype=np.int16)
    for row, site in enumerate(sites):
        for place, column in enumerate(instrument.columns):
            points = instrument.points_of(column)
            codes[row, place] = points[min(levels[site], len(points) - 1)]
    return AnswerTable(instrument=instrument, codes=codes, attributes={"site": np.array(sites, dtype=object)})


def customers(levels: dict[str, float], n: int = PER_SITE) -> AnswerTable:
    """`n` customers per site whose mean rating is the level."""
    instrument = load_instrument("servperf")
    sites = [site for site in levels for _ in range(n)]
    codes = np.empty((len(sites), len(instrument.columns)), dtype=np.int16)
    for row, site in enumerate(sites):
        codes[row] = round(levels[site]) + (1 if row % 2 else -1)
    return AnswerTable(instrument=instrument, codes=codes, attributes={"site": np.array(sites, dtype=object)})


def beside(first: AnswerTable, second: AnswerTable, minimum: int = 5) -> CustomersBeside:
    found = make_customers_beside(first, second, Estimator(minimum_group_size=minimum), "en")
    assert isinstance(found, CustomersBeside)
    return found


def test_sites_of_both_are_matched_whatever_the_spelling() -> None:
    found = beside(visits({"North": 0, "south ": 2}), customers({"north": 3, "South": 5}))
    assert [row.site for row in found.sites] == ["north", "South"]
    assert [row.n_visits for row in found.sites] == [2, 2]
    assert [row.n_customers for row in found.sites] == [PER_SITE, PER_SITE]
    assert [row.customers.value for row in found.sites if isinstance(row.customers, Estimate)] == [3.0, 5.0]
    shares = [row.visits.value for row in found.sites if isinstance(row.visits, Estimate)]
    assert shares[0] == 0.0
    assert shares[1] > 0.3
    assert isinstance(found.correlation, Unavailable)


def test_correlation_is_pearson_over_the_sites_that_both_have() -> None:
    levels = {f"site {n}": n for n in range(4)}
    rated = {"site 0": 3, "site 1": 2, "site 2": 5, "site 3": 4, "elsewhere": 6}
    found = beside(visits(levels), customers(rated))
    assert found.n_sites == 4
    shares = [row.visits.value for row in found.sites if isinstance(row.visits, Estimate)]
    means = [row.customers.value for row in found.sites if isinstance(row.customers, Estimate) and row.n_visits]
    assert isinstance(found.correlation, Estimate)
    assert found.correlation.value == pytest.approx(np.corrcoef(shares, means)[0, 1])
    assert "describe themselves" in str(found.reading)


def test_a_site_with_few_customers_shows_neither_their_number_nor_their_score() -> None:
    few = customers({"A": 4, "B": 5})
    rows = np.r_[0:3, PER_SITE : 2 * PER_SITE]
    third = customers({"A": 4, "B": 5, "C": 3})
    kept = np.r_[rows, 2 * PER_SITE : 3 * PER_SITE]
    table = AnswerTable(
        instrument=few.instrument,
        codes=third.codes[kept],
        attributes={"site": third.attributes["site"][kept]},
    )
    found = beside(visits({"A": 1, "B": 2, "C": 2}), table)
    hidden = [row for row in found.sites if row.n_customers is None]
    assert "A" in {row.site for row in hidden}
    assert len(hidden) >= 2  # one hidden site alone could be worked out from the total
    assert all(isinstance(row.customers, Unavailable) for row in hidden)


def test_without_sites_there_is_a_reason() -> None:
    table = visits({"A": 1})
    nameless = AnswerTable(instrument=table.instrument, codes=table.codes)
    found = make_customers_beside(nameless, customers({"A": 4}), Estimator(), "en")
    assert isinstance(found, Unavailable)
    assert "do not name their site" in str(found.reason)


def test_a_site_of_which_few_customers_have_the_score_cannot_be_worked_out() -> None:
    table = customers({"A": 3, "B": 4, "C": 5})
    table.codes[2 * PER_SITE + 3 :] = -1
    found = beside(visits({"A": 1, "B": 2, "C": 2}), table)
    assert [row.n_customers for row in found.sites] == [PER_SITE] * 3
    assert [isinstance(row.customers, Unavailable) for row in found.sites] == [True, False, True]
