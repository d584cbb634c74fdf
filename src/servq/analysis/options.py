"""What the caller decides about an analysis; everything else the instrument decides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from servq.analysis.target_findings import AgreedTarget
from servq.errors import InvalidArgument
from servq.statistics import CONFIDENCE_LEVEL

MINIMUM_GROUP_SIZE = 5
"""Below this many respondents nothing is shown: anonymity is a promise."""


@dataclass(frozen=True, kw_only=True)
class AnalysisOptions:
    """Settings of one analysis.

    Parameters
    ----------
    locale
        Language of the instrument's texts in the findings; None means the instrument's default.
    confidence_level
        Nominal coverage of every interval, 0–1.
    minimum_group_size
        Fewer respondents than this are never shown.
    title, organisation, period
        For the cover; `organisation` also fills the placeholder in the wording.
    placeholders
        What fills further ``{name}`` in the wording; the instrument's own defaults fill the rest.
    targets, as_of
        Targets to set beside the scores, and the day on which they are judged; without that day they are left out.
    """

    locale: str | None = None
    confidence_level: float = CONFIDENCE_LEVEL
    minimum_group_size: int = MINIMUM_GROUP_SIZE
    title: str = ""
    organisation: str = ""
    period: str = ""
    placeholders: Mapping[str, str] = field(default_factory=dict)
    targets: tuple[AgreedTarget, ...] = ()
    as_of: date | None = None

    def __post_init__(self) -> None:
        if not 0 < self.confidence_level < 1:
            raise InvalidArgument(f"The confidence level must lie between 0 and 1, not {self.confidence_level}.")
        if self.minimum_group_size < 1:
            raise InvalidArgument(f"The smallest group shown must be at least 1, not {self.minimum_group_size}.")

    @property
    def fillings(self) -> dict[str, str]:
        """Every placeholder that is decided here."""
        return {**self.placeholders, **({"organisation": self.organisation} if self.organisation else {})}
