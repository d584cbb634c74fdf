"""Which words of a comment are quoted. Pure.

A quotation may leave words out, which shows as […]; it can neither change nor add one.
"""

from __future__ import annotations

from collections.abc import Collection
from hashlib import sha256

from servq.errors import Problem, RequestInvalid
from servq.messages import Message

LEFT_OUT = "[…]"


def digest_of(text: str) -> bytes:
    """Return what tells whether a comment is still the one that was read."""
    return sha256(text.encode()).digest()


def quoted(text: str, hidden: Collection[int]) -> str:
    """Return a comment with the words at these places (from 0) left out."""
    words: list[str] = []
    for place, word in enumerate(text.split()):
        if place not in hidden:
            words.append(word)
        elif words[-1:] != [LEFT_OUT]:
            words.append(LEFT_OUT)
    return " ".join(words)


def find_hidden(text: str, quotation: str) -> list[int]:
    """Return the places of the words of a comment that a quotation leaves out; signs around a word do not matter.

    Raises `RequestInvalid` where the quotation holds a word that the comment does not have at that point, or nothing.
    """
    wanted = [word for word in quotation.split() if word != LEFT_OUT]
    words = text.split()
    if not wanted:
        raise RequestInvalid(
            Problem(Message("The quotation is empty."), Message("Keep at least one word."), column="quotation")
        )
    hidden = []
    position = 0
    for place, word in enumerate(words):
        if position < len(wanted) and _bare(wanted[position]) == _bare(word):
            position += 1
        else:
            hidden.append(place)
    if position < len(wanted):
        raise RequestInvalid(
            Problem(
                Message("“{word}” is not what the respondent wrote at that point.", word=wanted[position][:60]),
                Message("A quotation may leave words out, shown as […], but not change them."),
                column="quotation",
            )
        )
    return hidden


def _bare(word: str) -> str:
    """A word without the commas, stops and quotation marks that change when its neighbours go; signs stay signs."""
    return word.strip(".,;:!?…\"'“”„‚‘’«»()،؛؟") or word
