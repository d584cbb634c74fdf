"""Which cells of a table of two groupings are hidden, so that no small one can be worked out from its margins. Pure."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Counts = NDArray[np.int64]


def hidden_cells(counts: Counts, minimum: int) -> NDArray[np.bool_]:
    """Cells to suppress: those below `minimum`, and in each row and column as many more as hide them.

    One hidden cell of a row could be worked out as the row's total less the cells shown, and so could several whose
    sum stays below the minimum; so the next smallest of the row is hidden too until neither holds, then likewise in
    the columns, until nothing changes. An empty cell hides nobody.

    Parameters
    ----------
    counts
        Respondents, shape (n_rows, n_columns). Whoever shows parts of one table in several answers gives it the same
        way round each time: the transposed table may hide other cells.
    """
    hidden = (counts > 0) & (counts < minimum)
    while True:
        before = hidden
        hidden = _protected(counts, hidden, minimum)
        hidden = _protected(counts.T, hidden.T, minimum).T
        if (hidden == before).all():
            return hidden


def _protected(counts: Counts, hidden: NDArray[np.bool_], minimum: int) -> NDArray[np.bool_]:
    more = hidden.copy()
    for row, sizes in enumerate(counts):
        rising = [int(place) for place in np.argsort(sizes, kind="stable") if sizes[place] and not more[row, place]]
        while more[row].any() and rising and (more[row].sum() == 1 or sizes[more[row]].sum() < minimum):
            more[row, rising.pop(0)] = True
    return more
