"""Which instruments of the library fit what a researcher looks for; pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from math import ceil

from servq.instruments.model import Instrument
from servq.web.answer.composing import SECONDS_PER_QUESTION

LENGTHS = {"2": (0, 2), "5": (3, 5), "10": (6, 10), "more": (11, 10_000)}
"""Minutes from and to, by what a researcher chooses."""


@dataclass(frozen=True)
class Held:
    """An instrument of the library; `is_own` if the organisation published it."""

    instrument: Instrument
    is_own: bool = False

    @property
    def n_questions(self) -> int:
        """Answers asked for at most."""
        return len(self.instrument.columns)

    @property
    def minutes(self) -> int:
        """How long answering takes, as respondents are told."""
        return max(1, ceil(self.n_questions * SECONDS_PER_QUESTION / 60))

    @cached_property
    def dimensions(self) -> frozenset[str]:
        """Names of the dimensions in every language, folded."""
        texts = self.instrument.texts.values()
        return frozenset(fold(words.name) for one in texts for words in one.dimensions.values())

    @cached_property
    def text(self) -> str:
        """What words are looked for in, folded."""
        definition = self.instrument.definition
        cited = (f"{citation.authors} {citation.year} {citation.title}" for citation in definition.citation)
        worded = (
            " ".join((one.title, *(text for item in one.items.values() for text in item.values())))
            for one in self.instrument.texts.values()
        )
        return fold(" ".join((definition.id, definition.title, definition.field, *cited, *self.dimensions, *worded)))


@dataclass(frozen=True)
class Search:
    """What a researcher looks for; "" looks for nothing in particular."""

    words: str = ""
    field: str = ""
    dimension: str = ""
    length: str = ""
    language: str = ""
    source: str = ""

    @property
    def is_blank(self) -> bool:
        """Whether everything fits."""
        return self == Search()

    def fits(self, held: Held) -> bool:
        """Whether an instrument is what is looked for."""
        definition = held.instrument.definition
        shortest, longest = LENGTHS.get(self.length, (0, 10_000))
        return (
            all(word in held.text for word in fold(self.words).split())
            and (not self.field or not definition.used_in or self.field in definition.used_in)
            and (not self.dimension or any(fold(self.dimension) in name for name in held.dimensions))
            and shortest <= held.minutes <= longest
            and (not self.language or self.language in definition.locales)
            and (not self.source or (self.source == "own") == held.is_own)
        )


def find(held: Iterable[Held], search: Search) -> list[Held]:
    """Return what fits: one's own first, then what was made for the field, then what has the words in its title."""

    def rank(one: Held) -> tuple[bool, bool, bool, str]:
        definition = one.instrument.definition
        made_for = bool(search.field) and search.field in definition.used_in
        titled = bool(search.words) and fold(search.words) in fold(f"{definition.title} {definition.id}")
        return (not one.is_own, not made_for, not titled, fold(definition.title))

    return sorted((one for one in held if search.fits(one)), key=rank)


def fold(text: str) -> str:
    """Return a text as it is compared: without case and accents."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(sign for sign in decomposed if not unicodedata.combining(sign))
