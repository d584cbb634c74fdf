"""A benchmark file: published scores of one instrument with their source. It stores nothing."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from msgspec import Struct

from servq.analysis.benchmark_findings import PublishedValue
from servq.errors import DataInvalid, Problem
from servq.instruments.yaml_reading import Document, ValuePath, read_yaml
from servq.messages import Message

_TEXTS = ("name", "instrument", "source")
_KEYS = (*_TEXTS, "measured_on", "n", "scores")
_SCORE_KEYS = ("value", "n", "sd")


class NewBenchmark(Struct, frozen=True, kw_only=True):
    """A benchmark set to be stored; `n` holds for every score that gives none of its own."""

    name: str
    instrument: str
    source: str
    measured_on: date
    n: int | None
    scores: Mapping[str, PublishedValue]


def load_benchmark(path: Path, shown: str) -> NewBenchmark:
    """Read a benchmark file; `shown` is its name in problems.

    Raises
    ------
    DataInvalid
        With every problem, each with its line and the fix.
    """
    document = read_yaml(path, shown)
    if document.problems:
        raise DataInvalid(document.problems)
    reader = _Reader(document)
    benchmark = reader.benchmark()
    if benchmark is None or reader.problems:
        raise DataInvalid(reader.problems)
    return benchmark


class _Reader:
    """One walk over the file that collects every problem."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.problems: list[Problem] = []

    def benchmark(self) -> NewBenchmark | None:
        content = self.document.content
        if not isinstance(content, dict):
            fix = Message("Write name, instrument, source, measured_on, n and scores below each other.")
            self._add((), Message("A benchmark file is a mapping."), fix)
            return None
        self._known(content, _KEYS, ())
        texts = {key: self._text(content, key) for key in _TEXTS}
        measured_on = self._date(content)
        n = self._count(content, "n", ())
        scores = self._scores(content, n)
        if measured_on is None or self.problems:
            return None
        return NewBenchmark(measured_on=measured_on, n=n, scores=scores, **texts)

    def _scores(self, content: Mapping[str, Any], n: int | None) -> dict[str, PublishedValue]:
        given = content.get("scores")
        if not isinstance(given, dict) or not given:
            fix = Message("Write `overall: 5.1` below `scores:`.")
            self._add(("scores",), Message("The file gives no scores."), fix)
            return {}
        return {metric: self._score(metric, score, n) for metric, score in given.items()}

    def _score(self, metric: str, given: object, n: int | None) -> PublishedValue:
        place: ValuePath = ("scores", metric)
        score = given if isinstance(given, dict) else {"value": given}
        self._known(score, _SCORE_KEYS, place)
        value = self._number(score, "value", place)
        sd = self._number(score, "sd", place) if "sd" in score else None
        if value is None:
            self._add(place, Message("“{metric}” has no value.", metric=metric), Message("Give it a number."))
        if sd is not None and sd <= 0:
            fix = Message("Leave it out where the source does not give it.")
            self._add((*place, "sd"), Message("A standard deviation is greater than 0."), fix)
        return PublishedValue(value=value or 0.0, n=self._count(score, "n", place) or n, sd=sd)

    def _text(self, content: Mapping[str, Any], key: str) -> str:
        value = content.get(key)
        if value is None or isinstance(value, dict | list) or not str(value).strip():
            message = Message("`{key}` is missing.", key=key)
            self._add((key,), message, Message("Add a line `{key}: …`.", key=key))
            return ""
        return str(value).strip()

    def _date(self, content: Mapping[str, Any]) -> date | None:
        try:
            return date.fromisoformat(str(content.get("measured_on")))
        except ValueError:
            fix = Message("Write the day of the measurement as 2024-06-30.")
            self._add(("measured_on",), Message("`measured_on` is no day."), fix)
            return None

    def _count(self, content: Mapping[str, Any], key: str, place: ValuePath) -> int | None:
        value = content.get(key)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            message = Message("`{key}` is not a whole number of at least 1.", key=key)
            fix = Message("Leave it out where the source does not give it.")
            self._add((*place, key), message, fix)
            return None
        return value

    def _number(self, content: Mapping[str, Any], key: str, place: ValuePath) -> float | None:
        value = content.get(key)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            message = Message("`{key}` is not a number.", key=key)
            self._add((*place, key), message, Message("Write it with a decimal point, as in 5.1."))
            return None
        return float(value)

    def _known(self, content: Mapping[str, Any], keys: tuple[str, ...], place: ValuePath) -> None:
        for key in content:
            if key not in keys:
                message = Message("“{key}” is not known here.", key=key)
                self._add((*place, key), message, Message("Use one of: {keys}.", keys=", ".join(keys)))

    def _add(self, path: ValuePath, message: str, fix: str) -> None:
        self.problems.append(self.document.problem(path, message, fix))
