"""Findings of a study to figures: the model with its five numbers, and a figure for each section."""

from __future__ import annotations

from collections.abc import Sequence

from servq.analysis.gap_knowledge import is_shown
from servq.analysis.study_findings import KnowledgeGap, PerceivedGap, Place, PointsRow, Sites, StudyFindings
from servq.reporting import charts
from servq.reporting.charts import Panel, Row, Tick
from servq.reporting.charts.gaps_model import Arrow, Names, Tone, gaps_model
from servq.reporting.figures import ROWS_PER_FIGURE, Figure, difference_tone
from servq.reporting.figures import Tone as MarkTone
from servq.reporting.formats import Formats, Kind
from servq.reporting.gap_figures import GapFigures
from servq.statistics.estimate import Estimate


class StudyFigures(GapFigures):
    """Draws the figures of one study report."""

    def __init__(self, findings: StudyFindings, formats: Formats) -> None:
        super().__init__(formats)
        self.findings = findings

    def model(self) -> Figure:
        """Draw the model; gap 1 is never drawn as good news, whichever way it points."""
        t = self.t
        names = Names(
            customers=t("Customers"),
            organisation=t("The organisation"),
            boxes={
                "expected": t("What customers expect"),
                "experienced": t("What customers experience"),
                "delivered": t("What is delivered"),
                "standards": t("Standards for service"),
                "believed": t("What managers believe that customers expect"),
                "promised": t("What is promised to customers"),
            },
        )
        arrows: dict[int, Arrow] = {place.gap: self._arrow(place) for place in self.findings.summary.places}
        words = "; ".join(self._said(place) for place in self.findings.summary.places)
        return Figure(
            uri=charts.data_uri(gaps_model(arrows, names)), alt=f"{t('The gaps model with its five numbers.')} {words}."
        )

    def _arrow(self, place: Place) -> Arrow:
        name = self._name(place)
        if not isinstance(place.estimate, Estimate):
            return Arrow(name=name, value=self.t("not available"), interval="", groups=(), tone="absent")
        kind: Kind = "gap" if place.gap in (1, 5) else "level"
        return Arrow(
            name=name,
            value=self.formats.value(place.estimate.value, kind),
            interval=self.t.say(place.interval),
            groups=self._groups(place),
            tone=self._tone(place),
        )

    def _tone(self, place: Place) -> Tone:
        if place.gap == 1:
            overall = place.estimate
            clear = isinstance(overall, Estimate) and difference_tone(overall) != "unclear"
            return "below" if clear and place.verdict == "shown" else "unclear"
        if place.gap == 5:
            tones: dict[str, Tone] = {"shown": "below", "not_shown": "above"}
            return tones.get(place.verdict, "unclear")
        return "below" if place.verdict == "shown" else "plain"

    def _name(self, place: Place) -> str:
        return self.t("Gap {number}: {name}", number=place.gap, name=place.name)

    def _groups(self, place: Place) -> tuple[str, ...]:
        words = {
            "customers": lambda n: self.t("{n:,} customers", n=n),
            "managers": lambda n: self.t("{n:,} managers", n=n),
            "personnel": lambda n: self.t("{n:,} contact personnel", n=n),
        }
        return tuple(words[role](n) for role, n in place.groups.items())

    def _said(self, place: Place) -> str:
        if not isinstance(place.estimate, Estimate):
            return f"{self._name(place)}: {self.t('not available')}"
        arrow = self._arrow(place)
        return f"{arrow.name}: {arrow.value}, {arrow.interval}, {', '.join(arrow.groups)}"

    def knowledge(self, gap: KnowledgeGap) -> Figure | None:
        """Managers and customers side by side on their scale, with the difference beside them."""
        rows, words, differences = [], [], []
        for one in gap.dimensions:
            both = [one.customers, one.managers]
            levels = [e for e in both if isinstance(e, Estimate)]
            found = one.gap if isinstance(one.gap, Estimate) else None
            if found is not None:
                differences.append(found)
                words.append(f"{one.label} {self.formats.with_interval(found, 'gap')}")
            rows.append(
                Row(
                    label=one.label,
                    cells=[
                        self._pair(levels, "level") if len(levels) == len(both) else [],
                        []
                        if found is None
                        else [self._mark(found, "gap", "below" if is_shown(one.gap) else "unclear")],
                    ],
                    absent=self.t("not available"),
                )
            )
        if not differences:
            return None
        levels_panel = Panel(
            title=self.t("Mean rating, {low} to {high}", low=gap.scale.low, high=gap.scale.high),
            low=gap.scale.low,
            high=gap.scale.high,
            ticks=self._ticks(gap.scale),
            form="dumbbell",
            key=((self.t("Customers"), "hollow"), (self.t("Managers"), "filled")),
        )
        panel = self._differences(
            differences, self.t("Managers − customers"), (self.t("underestimated"), self.t("overestimated"))
        )
        alt = self.t("Gap 1 by dimension, managers − customers.")
        return self._figure(rows, [levels_panel, panel], f"{alt} {'; '.join(words)}.")

    def points(self, found: Sequence[PointsRow]) -> Figure | None:
        """Importance points as managers and customers spread them."""
        rows, words, ends = [], [], []
        for one in found:
            both = [e for e in (one.customers, one.managers) if isinstance(e, Estimate)]
            if len(both) < 2:  # one side alone compares nothing
                continue
            ends += [e.value if e.ci_high is None else e.ci_high for e in both]
            written = [self.formats.with_interval(e, "points") for e in both]
            words.append(f"{one.label} {self.t('customers')} {written[0]}, {self.t('managers')} {written[1]}")
            marks = self._pair(both, "points")
            rows.append(Row(label=one.label, cells=[marks]))
        if not rows:
            return None
        ticks = charts.round_ticks(0, max(ends), about=6)
        panel = Panel(
            title=self.t("Importance, points of 100"),
            low=0,
            high=max(*ends, ticks[-1]),
            ticks=[Tick(value, self.formats.tick(value)) for value in ticks],
            form="dumbbell",
            key=((self.t("Customers"), "hollow"), (self.t("Managers"), "filled")),
        )
        alt = self.t("Importance points of customers and managers.")
        return self._figure(rows, [panel], f"{alt} {'; '.join(words)}.")

    def perceived(self, gap: PerceivedGap) -> Figure | None:
        """Expectation and experience side by side, with the gap beside them."""
        rows, words, differences = [], [], []
        for one in gap.dimensions:
            levels = [e for e in (one.expectation, one.perception) if isinstance(e, Estimate)]
            found = one.gap if isinstance(one.gap, Estimate) else None
            if found is None or len(levels) < 2:  # both sides make the gap
                rows.append(Row(label=one.label, cells=[[], []], absent=self.t("not available")))
                continue
            differences.append(found)
            words.append(f"{one.label} {self.formats.with_interval(found, 'gap')}")
            marks = self._pair(levels, "level")
            rows.append(Row(label=one.label, cells=[marks, [self._mark(found, "gap", difference_tone(found))]]))
        if not differences:
            return None
        panel = Panel(
            title=self.t("Mean rating, {low} to {high}", low=gap.scale.low, high=gap.scale.high),
            low=gap.scale.low,
            high=gap.scale.high,
            ticks=self._ticks(gap.scale),
            form="dumbbell",
            key=((self.t("Expectation"), "hollow"), (self.t("Experience"), "filled")),
        )
        sides = (self.t("falls short"), self.t("exceeds"))
        gaps = self._differences(differences, self.t("Experience − expectation"), sides)
        return self._figure(rows, [panel, gaps], f"{self.t('Gap 5 by dimension.')} {'; '.join(words)}.")

    def associations(self, sites: Sites) -> Figure | None:
        """How each gap goes with gap 5 over the sites."""
        rows, words = [], []
        for one in sites.associations:
            label = self.t("Gap {gap} with gap 5", gap=one.gap)
            if isinstance(one.correlation, Estimate):
                tone: MarkTone = "filled" if is_shown(one.correlation) else "unclear"
                rows.append(Row(label=label, cells=[[self._mark(one.correlation, "coefficient", tone)]]))
                words.append(f"{label} {self.formats.with_interval(one.correlation, 'coefficient')}")
            else:
                rows.append(Row(label=label, cells=[[]], absent=self.t("not available")))
        if not words:
            return None
        ticks = [Tick(value, self.formats.tick(value)) for value in (-1.0, -0.5, 0.0, 0.5, 1.0)]
        panel = Panel(title="", low=-1.0, high=1.0, ticks=ticks, reference=0.0)
        return self._figure(rows, [panel], f"{self.t('Correlation with gap 5 over the sites.')} {'; '.join(words)}.")

    def sites(self, sites: Sites) -> Figure | None:
        """Gap 5 by site, largest shortfall first."""
        found = [(row.site, gap) for row in sites.rows if isinstance(gap := row.gaps["gap_5"], Estimate)]
        ranked = sorted(found, key=lambda pair: pair[1].value)[:ROWS_PER_FIGURE]
        if not ranked:
            return None
        rows = [Row(label=name, cells=[[self._mark(gap, "gap", difference_tone(gap))]]) for name, gap in ranked]
        panel = self._differences([gap for _, gap in ranked], "", (self.t("falls short"), self.t("exceeds")))
        words = "; ".join(f"{name} {self.formats.with_interval(gap, 'gap')}" for name, gap in ranked)
        return self._figure(rows, [panel], f"{self.t('Gap 5 by site.')} {words}.")

    def _differences(self, found: Sequence[Estimate], title: str, sides: tuple[str, str]) -> Panel:
        ends = [end for e in found for end in (e.value, e.ci_low, e.ci_high) if end is not None]
        low, high = charts.zero_centred(ends)
        ticks = [Tick(value, self.formats.tick(value)) for value in charts.round_ticks(low, high, about=4)]
        return Panel(title=title, low=low, high=high, ticks=ticks, form="bars", reference=0.0, sides=sides)
