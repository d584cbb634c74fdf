"""Which group each respondent belongs to, as numbers that arrays can be split by."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def factorised(groups: NDArray[np.object_]) -> tuple[tuple[str, ...], NDArray[np.intp], NDArray[np.intp]]:
    """Labels in their order, the place of each respondent's label among them, and the size of each group.

    Parameters
    ----------
    groups
        Label of each respondent's group, shape (n_respondents,).

    Notes
    -----
    The same as ``numpy.unique`` of the labels as text, ten times as fast: a column of groups holds few different ones.
    """
    given = groups.tolist()
    texts = {label: str(label) for label in set(given)}
    names = tuple(sorted(set(texts.values())))
    place = {name: at for at, name in enumerate(names)}
    places = {label: place[name] for label, name in texts.items()}
    codes = np.fromiter((places[label] for label in given), dtype=np.intp, count=len(given))
    return names, codes, np.bincount(codes, minlength=len(names))
