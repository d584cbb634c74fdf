"""What one process keeps in memory of the scored answers, bounded by its size.

What is kept here is never taken for good by itself: each load compares it with the versions and marks of the
database.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine

from servq.results.scored import ScoredSurvey, ScoredWave

MOST_BYTES = 384 * 1024 * 1024
"""Memory for the surveys that were looked at last; the newest of them stays whatever its size."""


@dataclass(frozen=True, slots=True)
class KeptWave:
    """The answers of a wave as they were at a version of its block, with the changes whose marks are named."""

    version: int
    marks: Mapping[bytes, int]
    wave: ScoredWave


@dataclass(slots=True)
class KeptSurvey:
    """A survey as it was when last loaded."""

    scored: ScoredSurvey
    waves: Mapping[int, KeptWave]


@dataclass
class Memory:
    """Surveys by id, those looked at last at the end."""

    surveys: OrderedDict[int, KeptSurvey] = field(default_factory=OrderedDict)
    turns: dict[int, asyncio.Lock] = field(default_factory=dict)

    def find(self, survey_id: int) -> KeptSurvey | None:
        """What is kept of a survey."""
        kept = self.surveys.get(survey_id)
        if kept is not None:
            self.surveys.move_to_end(survey_id)
        return kept

    def keep(self, survey_id: int, kept: KeptSurvey) -> None:
        """Keep a survey, and forget others that there is no room for."""
        self.surveys[survey_id] = kept
        self.surveys.move_to_end(survey_id)
        while len(self.surveys) > 1 and sum(one.scored.nbytes for one in self.surveys.values()) > MOST_BYTES:
            self.surveys.popitem(last=False)

    def turn(self, survey_id: int) -> asyncio.Lock:
        """Whoever loads a survey first; the others then find it in memory."""
        return self.turns.setdefault(survey_id, asyncio.Lock())


_MEMORIES: WeakKeyDictionary[Engine | Connection, Memory] = WeakKeyDictionary()


def memory_of(bind: Engine | Connection) -> Memory:
    """The memory of this process for one database."""
    return _MEMORIES.setdefault(bind, Memory())
