"""The scored answers of a survey, and choosing among them. Pure once loaded.

Scores come from ``servq.scoring`` and ``servq.analysis`` alone, so that a page and the report say the same.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from servq.analysis.absence import Unavailable
from servq.analysis.compared import make_compared
from servq.analysis.estimating import Estimator
from servq.analysis.labels import Labels
from servq.instruments.model import ChoiceBattery
from servq.results.rows import UNKNOWN, Attribute, WaveRows
from servq.scoring import AnswerTable, ScoredTable, score

if TYPE_CHECKING:
    from servq.instruments.model import Instrument
    from servq.surveys.launched import LaunchedSurvey

SITE = "site"
"""The attribute that says where somebody was served."""


@dataclass(frozen=True)
class ScoredWave:
    """One wave with its answers; scored once, when its scores are first asked for."""

    survey: LaunchedSurvey
    number: int
    name: str
    opened_at: datetime
    rows: WaveRows

    @property
    def n(self) -> int:
        """Responses, partial ones included."""
        return self.rows.n

    @cached_property
    def columns(self) -> Columns:
        """Scores of every respondent, made from the whole wave."""
        return Columns.of(score(self.answers()))

    def answers(self, chosen: NDArray[np.bool_] | None = None) -> AnswerTable:
        """The answers as extraction gives them, of all respondents or of those chosen."""
        return _answer_table(self.survey, [(self, chosen)])


@dataclass(frozen=True)
class Columns:
    """The scores of many respondents that pages ask for most; float64, NaN where a respondent has none.

    Parameters
    ----------
    overall
        What each respondent adds to the instrument's first score, which is their mean, shape (n_respondents,).
    dimensions
        Dimension scores of the headline.
    levels
        Overall score ("") and dimension scores of each rating battery over the respondents that are compared, which
        are those with every side of a difference where the headline is one.
    """

    overall: NDArray[np.float64]
    dimensions: Mapping[str, NDArray[np.float64]]
    levels: Mapping[str, Mapping[str, NDArray[np.float64]]]

    @classmethod
    def of(cls, scored: ScoredTable) -> Columns:
        """Copies of a table's scores, so that the table itself can go."""
        blocks = scored.paired if scored.difference is not None else scored.ratings
        instrument = scored.answers.instrument
        compared = make_compared(scored, Estimator(), Labels(instrument, instrument.texts_in(None).locale, {}))
        nothing = np.full(scored.answers.n_respondents, np.nan)
        return cls(
            overall=nothing if isinstance(compared, Unavailable) else compared.overall.contributions.copy(),
            dimensions={}
            if isinstance(compared, Unavailable)
            else {name: scores.copy() for name, scores in compared.dimensions.items()},
            levels={
                battery: {"": one.overall.copy(), **{name: one.dimension(name).copy() for name in one.dimensions}}
                for battery, one in blocks.items()
            },
        )


@dataclass(frozen=True)
class ScoredSurvey:
    """Every response of a survey that counts: no trial, none that was excluded.

    Parameters
    ----------
    survey
        The frozen part: instrument, title, sites.
    waves
        By number; the last one is the newest.
    """

    survey: LaunchedSurvey
    waves: tuple[ScoredWave, ...]

    @property
    def instrument(self) -> Instrument:
        """What was asked."""
        return self.survey.instrument

    @property
    def n(self) -> int:
        """Responses of all waves."""
        return sum(wave.n for wave in self.waves)

    @property
    def nbytes(self) -> int:
        """Memory that this takes, its scores included whether they are made yet or not."""
        per_row = 8 * (2 + 6 * len(self.instrument.definition.dimensions) + 6)
        return sum(wave.rows.nbytes + per_row * wave.n for wave in self.waves)

    @cached_property
    def attributes(self) -> tuple[str, ...]:
        """Names of what is known of the respondents; wave, channel, locale and administration are among them."""
        return tuple(sorted({"wave", *(name for wave in self.waves for name in wave.rows.attributes)}))

    @cached_property
    def _values(self) -> dict[tuple[str, frozenset[str] | None], tuple[str, ...]]:
        return {}

    def values(self, name: str, sites: frozenset[str] | None = None) -> tuple[str, ...]:
        """Values of an attribute or options of an item that somebody has, at some sites or at all."""
        key = (name, sites)
        if key not in self._values:
            found: dict[str, None] = {}
            for wave, chosen in self.select(sites=sites).parts:
                attribute = _attribute(wave, name, chosen)
                counts = np.bincount(attribute.positions + 1, minlength=len(attribute.labels) + 1)[1:]
                found |= dict.fromkeys(label for label, n in zip(attribute.labels, counts.tolist(), strict=True) if n)
            self._values[key] = tuple(found)
        return self._values[key]

    @cached_property
    def choice_items(self) -> tuple[str, ...]:
        """Items with options, such as demographic ones, that are no attributes; groups are formed by them as well."""
        batteries = self.instrument.definition.batteries.values()
        items = (item.id for battery in batteries if isinstance(battery, ChoiceBattery) for item in battery.items)
        return tuple(item for item in items if item not in self.attributes)

    def select(
        self,
        *,
        waves: Iterable[int] | None = None,
        sites: Collection[str] | None = None,
        where: Mapping[str, Collection[str]] | None = None,
    ) -> Selection:
        """Return the responses of some waves (by number), of some sites, with one of the values of each attribute.

        An item with options counts as an attribute whose values are the ids of its options, "" for no answer.
        """
        wanted = None if waves is None else set(waves)
        conditions = {**(where or {})}
        parts = []
        for wave in self.waves:
            if wanted is not None and wave.number not in wanted:
                continue
            if "wave" in conditions and wave.name not in conditions["wave"]:
                continue
            chosen: NDArray[np.bool_] | None = None
            for name, values in [*conditions.items(), *([] if sites is None else [(SITE, sites)])]:
                if name == "wave":
                    continue
                among = _among(wave, name, values)
                chosen = among if chosen is None else chosen & among
            parts.append((wave, chosen))
        return Selection(self.survey, tuple(parts))


@dataclass(frozen=True)
class Selection:
    """Some responses of a survey: of each wave all (None) or those where the mask is True."""

    survey: LaunchedSurvey
    parts: tuple[tuple[ScoredWave, NDArray[np.bool_] | None], ...]

    @cached_property
    def n(self) -> int:
        """Number of responses, partial ones included."""
        return sum(wave.n if chosen is None else int(chosen.sum()) for wave, chosen in self.parts)

    def answers(self) -> AnswerTable:
        """The answers as extraction gives them, in the order of the waves."""
        return _answer_table(self.survey, self.parts)

    @cached_property
    def table(self) -> ScoredTable:
        """Everything scored: what the functions of ``servq.analysis`` take. Costs about 1 ms for 1,000 responses."""
        return score(self.answers())

    @cached_property
    def columns(self) -> Columns:
        """The scores that pages ask for most; kept in memory, so they cost next to nothing."""
        made = [(wave.columns, chosen) for wave, chosen in self.parts]
        if not made:
            return Columns.of(self.table)
        first = made[0][0]

        def joined(pick: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
            masks = (chosen for _, chosen in made)
            return np.concatenate(
                [one if chosen is None else one[chosen] for one, chosen in zip(pick, masks, strict=True)]
            )

        return Columns(
            overall=joined([one.overall for one, _ in made]),
            dimensions={name: joined([one.dimensions[name] for one, _ in made]) for name in first.dimensions},
            levels={
                battery: {name: joined([one.levels[battery][name] for one, _ in made]) for name in scores}
                for battery, scores in first.levels.items()
            },
        )

    def attribute(self, name: str) -> Attribute:
        """One attribute of the responses, in the order of `answers`."""
        return Attribute.joined([_attribute(wave, name, chosen) for wave, chosen in self.parts])


def _among(wave: ScoredWave, name: str, values: Collection[str]) -> NDArray[np.bool_]:
    attribute = _found(wave, name)
    wanted = np.array([*(label in values for label in attribute.labels), "" in values], dtype=np.bool_)
    return np.asarray(wanted[attribute.positions], dtype=np.bool_)


def _attribute(wave: ScoredWave, name: str, chosen: NDArray[np.bool_] | None) -> Attribute:
    if name == "wave":
        n = wave.n if chosen is None else int(chosen.sum())
        return Attribute((wave.name,), np.zeros(n, dtype=np.int32))
    found = _found(wave, name)
    return found if chosen is None else found.take(chosen)


def _found(wave: ScoredWave, name: str) -> Attribute:
    """An attribute or the answers to an item with options; nobody has one that there is not."""
    if name in wave.rows.attributes:
        return wave.rows.attributes[name]
    instrument = wave.survey.instrument
    for position, column in enumerate(instrument.columns):
        if column.item == name and isinstance(instrument.definition.batteries[column.battery], ChoiceBattery):
            codes = wave.rows.codes[:, position].astype(np.int32)
            return Attribute(instrument.options_of(name), np.where(codes > 0, codes - 1, UNKNOWN))
    return Attribute((), np.full(wave.n, UNKNOWN, dtype=np.int32))


def _answer_table(survey: LaunchedSurvey, parts: Sequence[tuple[ScoredWave, NDArray[np.bool_] | None]]) -> AnswerTable:
    rows = [wave.rows for wave, _ in parts]
    masks = [slice(None) if chosen is None else chosen for _, chosen in parts]
    joined = {
        name: Attribute.joined([_attribute(wave, name, chosen) for wave, chosen in parts])
        for name in sorted({"wave", *(name for one in rows for name in one.attributes)})
    }
    empty = np.empty((0, survey.n_columns), dtype=np.int16)
    return AnswerTable(
        instrument=survey.instrument,
        codes=np.concatenate([empty, *(one.codes[mask] for one, mask in zip(rows, masks, strict=True))]),
        attributes={name: attribute.texts() for name, attribute in joined.items() if attribute.is_known},
        source=survey.title,
        n_partial=sum(int((~one.submitted[mask]).sum()) for one, mask in zip(rows, masks, strict=True)),
    )
