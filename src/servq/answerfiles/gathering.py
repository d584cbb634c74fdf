"""Answers on their way into a file: taken in block by block, kept on disk, given out block by block.

However many responses there are, one block of them is in memory.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from servq.answerfiles.codebook import (
    MissingAs,
    Variable,
    answer_key,
    attribute_key,
    comment_key,
    describe,
    text_names,
)
from servq.instruments.model import Instrument
from servq.scoring import AnswerTable

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True, kw_only=True)
class Gathered:
    """Answers that are ready to be written.

    Parameters
    ----------
    parts
        Parquet files with a block each.
    counts
        How often each code occurs, by name of the variable.
    """

    instrument: Instrument
    variables: tuple[Variable, ...]
    parts: Sequence[Path]
    n_rows: int
    counts: Mapping[str, Mapping[int, int]]
    source: str
    source_sha256: str
    excluded: Mapping[str, int]

    def frames(self, missing: MissingAs) -> Iterator[pl.DataFrame]:
        """Blocks with every variable by its name; missing answers blank or as their negative codes."""
        import polars as pl

        columns = [_column(variable, missing) for variable in self.variables]
        for part in self.parts:
            frame = pl.read_parquet(part)
            absent = [pl.lit("").alias(each.key) for each in self.variables if each.key not in frame.columns]
            yield frame.with_columns(absent).select(columns)

    def named(self, variables: Sequence[Variable]) -> Gathered:
        """The same with other names for the variables, given in the same order."""
        counts = {
            new.name: self.counts[old.name] for old, new in zip(self.variables, variables, strict=True) if new.is_answer
        }
        return replace(self, variables=tuple(variables), counts=counts)


class Gathering:
    """Takes in answers block by block."""

    def __init__(self, folder: Path, instrument: Instrument) -> None:
        self._folder = folder
        self._instrument = instrument
        self._known: dict[str, None] = {}
        self._comments: dict[str, None] = {}
        self._parts: list[Path] = []
        self._counts = [Counter[int]() for _ in instrument.columns]
        self._digest = sha256()
        self.n_rows = 0

    def add(self, block: AnswerTable) -> None:
        """Take in a block; its attributes may be others than those of the blocks before."""
        import polars as pl

        self._known |= dict.fromkeys(text_names(block))
        self._comments |= dict.fromkeys(block.texts)
        part = self._folder / f"part-{len(self._parts):05}.parquet"
        columns = {answer_key(place): block.codes[:, place] for place in range(len(self._instrument.columns))}
        texts = {attribute_key(name): values for name, values in block.attributes.items()}
        texts |= {comment_key(comment): values for comment, values in block.texts.items()}
        if block.respondent_ids is not None:
            texts[attribute_key("respondent")] = block.respondent_ids
        frame = pl.DataFrame(columns).with_columns(
            [pl.Series(key, values.tolist(), dtype=pl.String) for key, values in texts.items()]
        )
        frame.write_parquet(part, compression="lz4")
        self._parts.append(part)
        self.n_rows += block.n_respondents
        self._digest.update(block.codes.tobytes())
        for counter, codes in zip(self._counts, block.codes.T, strict=True):
            found, n = np.unique(codes, return_counts=True)
            counter.update(dict(zip(found.tolist(), n.tolist(), strict=True)))

    def finish(
        self, *, source: str, source_sha256: str = "", excluded: Mapping[str, int] | None = None, locale: str | None
    ) -> Gathered:
        """Return what was taken in; `locale` is the language of wordings and labels."""
        variables = describe(self._instrument, tuple(self._known), tuple(self._comments), locale)
        answered = [variable for variable in variables if variable.is_answer]
        return Gathered(
            instrument=self._instrument,
            variables=variables,
            parts=tuple(self._parts),
            n_rows=self.n_rows,
            counts={variable.name: counts for variable, counts in zip(answered, self._counts, strict=True)},
            source=source,
            source_sha256=source_sha256 or self._digest.hexdigest(),
            excluded=excluded or {},
        )


def gather(answers: AnswerTable, folder: Path, locale: str | None = None) -> Gathered:
    """Take in a table that is in memory as a whole."""
    gathering = Gathering(folder, answers.instrument)
    gathering.add(answers)
    return gathering.finish(
        source=answers.source, source_sha256=answers.source_sha256, excluded=answers.excluded, locale=locale
    )


def _column(variable: Variable, missing: MissingAs) -> pl.Expr:
    import polars as pl

    column = pl.col(variable.key)
    if variable.is_answer and missing == "blank":
        column = pl.when(column >= 0).then(column)
    return column.alias(variable.name)
