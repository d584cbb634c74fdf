"""How much text fits a width: estimated from the mean width of a letter, for every script alike."""

from __future__ import annotations

import textwrap

LETTER = 0.56
"""Mean width of a letter as a share of the size of the type."""


def wrapped(words: str, width: float, size: float, most: int) -> list[str]:
    """Lines that fit `width`, at most `most` of them; what does not fit ends in an ellipsis.

    A word that is longer than a line is divided with a hyphen.
    """
    letters = max(int(width / (size * LETTER)), 4)
    lines = textwrap.wrap(" ".join(_divided(word, letters) for word in words.split()), width=letters) or [""]
    shown = lines[:most]
    if len(lines) > most:
        shown[-1] = shown[-1][:-1].rstrip() + "…"
    return shown


def _divided(word: str, letters: int) -> str:
    if len(word) <= letters:
        return word
    return f"{word[: letters - 1]}- {_divided(word[letters - 1 :], letters)}"


def shortened(words: str, width: float, size: float) -> str:
    """One line that fits `width`."""
    longest = max(int(width / (size * LETTER)), 2)
    return words if len(words) <= longest else words[: longest - 1].rstrip() + "…"


def width_of(words: str, size: float) -> float:
    """Estimated width of a line."""
    return LETTER * size * len(words)
