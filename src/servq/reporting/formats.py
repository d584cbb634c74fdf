"""The one place that decides how many decimals a reader sees; everything before it is unrounded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from servq.analysis.findings import Measured, OverallScore
from servq.messages import Message
from servq.statistics.estimate import Estimate
from servq.translation import MINUS, NO_BREAK_SPACE, SMALLEST_P, Translator

Kind = Literal[
    "level", "gap", "share", "points", "net", "index", "index_change", "coefficient", "effect", "statistic", "fit"
]
"""How a number is written: a mean on the response scale, a signed difference on it, a share of 1 as per cent,
importance points, the signed points of a net score, an index from 0 to 100 and its change, a coefficient, a signed path
coefficient, a test statistic, an index of fit."""

_SCORE_KINDS: dict[str, Kind] = {
    "net_promoter": "net",
    "top_box": "share",
    "effort_share": "share",
    "checklist": "share",
    "index": "index",
    "mean_products": "points",
}
_DIFFERENCES = ("gap", "adequacy", "superiority")
_MEASURED: dict[str, Kind] = {"gap": "gap", "adequacy": "gap", "index": "index", "share": "share"}
_CHANGES: dict[Kind, Kind] = {"level": "gap", "index": "index_change"}


@dataclass(frozen=True)
class Formats:
    """Writes numbers for one reader; `t` translates the words between them."""

    t: Translator

    def value(self, value: float, kind: Kind) -> str:
        """Write one number."""
        match kind:
            case "coefficient":
                return self._coefficient(value)
            case "level" | "statistic" | "fit":
                return self.t.number(value, 3 if kind == "fit" else 2)
            case "gap" | "effect":
                return self.t.number(value, 2, signed=True)
            case "share":
                return self.t.percent(value, 0)
            case "points" | "index" | "index_change":
                return self.t.number(value, 1, signed=kind == "index_change")
            case "net":
                return self.t.number(value, 0, signed=True)

    def _coefficient(self, value: float) -> str:
        """Two decimals; alpha has no lower bound, but how far it lies below −1 says nothing."""
        if value < -1:
            return self.t.number_isolated(f"<{NO_BREAK_SPACE}{MINUS}1")
        return self.t.number(value, 2)

    def interval(self, estimate: Estimate, kind: Kind) -> str:
        """Write the interval in words, or nothing where the method defines none."""
        if estimate.ci_low is None or estimate.ci_high is None:
            return ""
        low, high = self.value(estimate.ci_low, kind), self.value(estimate.ci_high, kind)
        return self.t("{low} to {high}", low=low, high=high).replace(" ", NO_BREAK_SPACE)

    def with_interval(self, estimate: Estimate, kind: Kind) -> str:
        """Write the number with its interval in brackets."""
        interval = self.interval(estimate, kind)
        return self.value(estimate.value, kind) + (f" ({interval})" if interval else "")

    def level_in_percent(self, confidence_level: float) -> str:
        """Confidence level as people say it: ``95 %``."""
        return self.t.percent(confidence_level, 0)

    def p_value(self, p: float | None) -> str:
        """Write a p-value; a dash where there is none."""
        return "–" if p is None else self.t.p_value(p)

    def p_relation(self, p: float) -> str:
        """Write a p-value behind its sign, for a sentence: ``= 0.012`` or ``< 0.001``."""
        written = self.t.p_value(p)
        return written if p < SMALLEST_P else self.t.number_isolated(f"= {written}")

    def tick(self, value: float) -> str:
        """Write a value of an axis with no more decimals than it needs."""
        written = f"{value:g}".replace("-", MINUS)
        return self.t.number_isolated(written.replace(".", self.t.number(0.0, 1)[1]))

    def setting(self, value: str | float | None) -> str:
        """Write a setting of the analysis as it was given."""
        if value is None:
            return self.t("none")
        if isinstance(value, bool):  # a bool is a number to the type checker
            return self.t("yes") if value else self.t("no")
        return str(value)


def score_kind(score: OverallScore) -> Kind:
    """How an overall score is written."""
    return kind_of(score.kind)


def kind_of(name: str) -> Kind:
    """How the scores of a kind are written."""
    if name in _SCORE_KINDS:
        return _SCORE_KINDS[name]
    return "gap" if name.startswith(_DIFFERENCES) else "level"


def measured_kind(measured: Measured) -> Kind:
    """How the headline numbers of dimensions and groups are written."""
    return _MEASURED.get(measured, "level")


def change_kind(kind: Kind) -> Kind:
    """How the difference of two such numbers is written."""
    return _CHANGES.get(kind, kind)


PART_NAMES = {
    "promoters": Message("Promoters"),
    "passives": Message("Passives"),
    "detractors": Message("Detractors"),
    "top_box": Message("Best answers"),
    "rest": Message("Other answers"),
}
"""Names of the parts of a one-item score; the keys are those of `OverallScore.parts`."""
