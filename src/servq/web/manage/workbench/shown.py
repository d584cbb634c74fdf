"""One answer of the workbench: a chart or a table with n, interval and method in words. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from servq.analysis.absence import Unavailable
from servq.analysis.estimating import Estimator
from servq.errors import InvalidArgument
from servq.messages import Message
from servq.reporting.charts import Tick, round_ticks, svg, zero_centred
from servq.reporting.formats import Formats, Kind, change_kind
from servq.results import Selection
from servq.results.measures import Measure
from servq.statistics import Estimate
from servq.translation import Translator, translator
from servq.web.manage.workbench.choices import Choices
from servq.web.manage.workbench.offers import Offer

WIDTH = 640.0
Cell = str | float | int | None


@dataclass(frozen=True, kw_only=True)
class Shown:
    """What is shown, in the reader's language.

    Parameters
    ----------
    reading
        What the numbers say, sentence by sentence.
    note
        n, interval and method.
    columns, rows
        The table as people read it; ``"n"`` marks a column of numbers.
    tidy_columns, tidy_rows
        The same for machines: unrounded, one row a number.
    """

    title: str
    reading: Sequence[str] = ()
    svg: str = ""
    alternative: str = ""
    note: str = ""
    columns: Sequence[tuple[str, str]] = ()
    rows: Sequence[Sequence[str]] = ()
    tidy_columns: Sequence[str] = ()
    tidy_rows: Sequence[Sequence[Cell]] = field(default=())


SPACE_BETWEEN = 14.0
_SIZE = re.compile(r'viewBox="0 0 ([\d.]+) ([\d.]+)"')


def size_of(chart: str) -> tuple[float, float]:
    """Width and height of a chart."""
    found = _SIZE.search(chart)
    if found is None:
        raise InvalidArgument("The chart does not say how large it is.")
    return float(found[1]), float(found[2])


def placed(chart: str, x: float, y: float) -> str:
    """A chart as part of another one."""
    return chart.replace("<svg ", f'<svg x="{x:g}" y="{y:g}" ', 1)


def stacked(charts: Sequence[str]) -> str:
    """Charts of one width below each other."""
    if len(charts) == 1:
        return charts[0]
    parts, top = [], 0.0
    for chart in charts:
        parts.append(placed(chart, 0, top))
        top += size_of(chart)[1] + SPACE_BETWEEN
    return svg.document(WIDTH, top - SPACE_BETWEEN, parts)


TIDY_ESTIMATE = ("n", "value", "ci_low", "ci_high", "confidence_level", "method")


@dataclass(frozen=True)
class Desk:
    """What every answer is made from: the offer, the choices, and who reads."""

    offer: Offer
    choices: Choices

    @cached_property
    def t(self) -> Translator:
        """The workbench's words."""
        return self.offer.t

    @cached_property
    def report(self) -> Translator:
        """The words of findings."""
        return translator(self.t.locale, "report")

    @cached_property
    def formats(self) -> Formats:
        """How numbers are written."""
        return Formats(self.report)

    @cached_property
    def estimator(self) -> Estimator:
        """The suppression rule and the confidence level."""
        return Estimator(minimum_group_size=self.offer.minimum)

    @cached_property
    def chosen(self) -> Selection:
        """The responses that are counted."""
        return self.offer.chosen(self.choices)

    @cached_property
    def measured(self) -> tuple[Measure, ...]:
        """The measures that are shown."""
        return self.offer.measured(self.choices)

    def say(self, text: str | Message) -> str:
        """Say a sentence of the workbench or of the findings in the reader's language."""
        if isinstance(text, Message) and text.template in self.t.entries:
            return self.t.say(text)
        return self.report.say(text)

    def label(self, measure: Measure) -> str:
        """A measure as people read it."""
        return self.t.say(measure.label)

    def side(self) -> str:
        """What the numbers are: the gap, or the level of a battery."""
        if self.choices.side:
            return self.offer.labels.battery(self.choices.side)
        if not self.measured[0].is_difference:
            return ""
        sides = self.offer.measures.sides
        if len(sides) == 2:
            expected, perceived = map(self.offer.labels.battery, sides)
            return self.t("{first} − {second}", first=perceived, second=expected)
        return self.t("difference")

    def what(self) -> str:
        """The measures in words, for a title."""
        if self.choices.measure == "dimensions":
            name = self.t("Dimensions")
        elif self.choices.measure == "items":
            name = self.t("Items")
        else:
            name = self.label(self.measured[0])
        side = self.side()
        return f"{name} ({side})" if side else name

    def when(self) -> str:
        """The waves that are counted, in words."""
        numbers = self.offer.wave_numbers(self.choices)
        waves = [wave for wave in self.offer.scored.waves if wave.number in numbers]
        if len(waves) == len(self.offer.scored.waves) > 1:
            return self.t("all waves")
        return self.t.listing([self.offer.wave_called(wave.name) for wave in waves])

    def title(self, *parts: str) -> str:
        """What is shown, by what, when, and of whom."""
        limits = [
            self.t.listing([self.offer.label_of(name, value) or self.t("Not stated") for value in sorted(values)])
            for name, values in self.choices.conditions.items()
        ]
        return " · ".join(part for part in (*parts, self.when(), *limits) if part)

    def note(self, n: int, *sentences: str) -> str:
        """N, interval and method in words."""
        level = self.formats.level_in_percent(self.estimator.confidence_level)
        counted = self.t.counted("{n:,} response.", "{n:,} responses.", n)
        return " ".join((counted, *sentences)).replace("{confidence}", level)

    def intervals(self) -> str:
        """What the lines beside the estimates are."""
        level = self.formats.level_in_percent(self.estimator.confidence_level)
        kinds = {measure.kind for measure in self.measured}
        if kinds == {"net"}:
            return self.t("Lines are {level} confidence intervals (adjusted Wald), unadjusted.", level=level)
        if kinds == {"share"} and all(measure.points for measure in self.measured):
            return self.t("Lines are {level} confidence intervals (Wilson), unadjusted.", level=level)
        return self.t("Values are means; lines are {level} confidence intervals (t), unadjusted.", level=level)

    def written(self, estimate: Estimate | Unavailable, kind: Kind) -> tuple[str, str, str]:
        """N, value and interval of an estimate; dashes where there is none."""
        if isinstance(estimate, Unavailable):
            return "", "–", ""
        return (
            self.t.count(estimate.n),
            self.formats.value(estimate.value, kind),
            self.formats.interval(estimate, kind),
        )

    def axis(
        self, measure: Measure, values: Iterable[float], *, holds_zero: bool = True
    ) -> tuple[float, float, list[Tick]]:
        """Ends and ticks of an axis that holds these values, and zero where that says that nothing differs."""
        seen = list(values)
        if not holds_zero:
            low, high = self._around(measure, seen)
        elif measure.is_difference or measure.kind == "net":
            wide = measure.kind == "net"
            low, high = zero_centred([end / 100 for end in seen] if wide else seen, at_least=0.1)
            low, high = (100 * low, 100 * high) if wide else (low, high)
        else:
            low, high = self._around(measure, seen)
        return low, high, [Tick(value, self._tick(value, measure.kind)) for value in round_ticks(low, high)]

    def _around(self, measure: Measure, seen: list[float]) -> tuple[float, float]:
        """The part of the scale that holds the values, in whole steps, with some room."""
        if not seen:
            return measure.low, measure.high
        span = measure.high - measure.low
        step = {"share": 0.1, "index": 10.0, "net": 10.0}.get(measure.kind, max(0.25, span / 40))
        below, above = min(seen) - 0.25 * step, max(seen) + 0.25 * step
        low = max(measure.low, measure.low + step * ((below - measure.low) // step))
        high = min(measure.high, measure.low + step * (-((measure.low - above) // step)))
        return (low, high) if high - low >= step else (max(measure.low, low - step), min(measure.high, high + step))

    def _tick(self, value: float, kind: Kind) -> str:
        return self.report.percent(value, 0) if kind == "share" else self.formats.tick(value)

    def tidy(self, estimate: Estimate | Unavailable) -> list[Cell]:
        """An estimate's cells in the order of `TIDY_ESTIMATE`."""
        if isinstance(estimate, Unavailable):
            return [None, None, None, None, None, str(estimate.reason)]
        return [
            estimate.n,
            estimate.value,
            estimate.ci_low,
            estimate.ci_high,
            estimate.confidence_level,
            str(estimate.method),
        ]

    @staticmethod
    def ends(estimates: Iterable[Estimate]) -> list[float]:
        """Values of estimates with the ends of their intervals."""
        return [end for one in estimates for end in (one.value, one.ci_low, one.ci_high) if end is not None]

    def change(self, kind: Kind) -> Kind:
        """How a difference of two such numbers is written."""
        return change_kind(kind)
