"""The type at which the two halves of servq meet: answers as given, nothing scored yet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from servq.instruments.model import Column, Instrument


class Missing(IntEnum):
    """Why there is no answer; stored in place of the answer."""

    SKIPPED = -1
    NOT_APPLICABLE = -2
    NOT_SHOWN = -3


@dataclass(frozen=True, kw_only=True)
class AnswerTable:
    """Answers of many respondents to one instrument revision.

    Parameters
    ----------
    instrument
        The revision that was asked.
    codes
        int16, shape (n_respondents, n_columns), columns as in ``instrument.columns``; the point chosen as answered
        (reverse keys not applied yet), or a `Missing` code, which is negative.
    attributes
        Named arrays of shape (n_respondents,) with what is known of the respondents: text, "" where unknown.
        Segments are formed from these.
    respondent_ids
        Shape (n_respondents,) when respondents can be followed across waves, else None.
    survey_weights
        Shape (n_respondents,) of positive numbers, or None when unweighted.
    source
        Where the answers came from, as shown in the report (file name or survey).
    source_sha256
        Hash of the source file or of the stored answers, for the manifest.
    wave
        Name of the wave; "" where the source has none.
    texts
        Open answers by comment, shape (n_respondents,) each: text, "" where nothing was written. Only for export.
    n_partial
        Respondents who committed at least one page but did not finish; None when the source cannot tell.
    n_empty
        Rows of the source without a single answer; they are not among the respondents.
    n_contradictory
        Answers of the source to items that, by the skip rules, were not asked; they are left out.
    n_read_as_blank
        Cells such as "n/a" that were read as blank though the scale offers "not applicable".
    excluded
        Responses that the source keeps but that were left out by hand, counted by the reason given.
    evidence
        Number of files added to the answers, by item; None when the source cannot tell.
    """

    instrument: Instrument
    codes: NDArray[np.int16]
    attributes: Mapping[str, NDArray[np.object_]] = field(default_factory=dict)
    texts: Mapping[str, NDArray[np.object_]] = field(default_factory=dict)
    respondent_ids: NDArray[np.object_] | None = None
    survey_weights: NDArray[np.float64] | None = None
    source: str = ""
    source_sha256: str = ""
    wave: str = ""
    n_partial: int | None = None
    n_empty: int = 0
    n_contradictory: int = 0
    n_read_as_blank: int = 0
    excluded: Mapping[str, int] = field(default_factory=dict)
    evidence: Mapping[str, int] | None = None

    def among(self, rows: NDArray[np.bool_] | NDArray[np.intp]) -> AnswerTable:
        """Answers of some of the respondents; of the others nothing is known any more, counts included."""
        return replace(
            self,
            codes=self.codes[rows],
            attributes={name: values[rows] for name, values in self.attributes.items()},
            texts={name: values[rows] for name, values in self.texts.items()},
            respondent_ids=None if self.respondent_ids is None else self.respondent_ids[rows],
            survey_weights=None if self.survey_weights is None else self.survey_weights[rows],
            source_sha256="",
            n_partial=None,
            n_empty=0,
            n_contradictory=0,
            evidence=None,
        )

    @property
    def n_respondents(self) -> int:
        """Rows of `codes`."""
        return int(self.codes.shape[0])

    @property
    def columns(self) -> tuple[Column, ...]:
        """Columns of `codes`."""
        return self.instrument.columns

    def values(self, battery_id: str) -> NDArray[np.float64]:
        """Answers to one battery as given, shape (n_respondents, n_asked), NaN where missing."""
        positions = [i for i, column in enumerate(self.columns) if column.battery == battery_id]
        codes = self.codes[:, positions]
        return np.where(codes < 0, np.nan, codes.astype(np.float64))
