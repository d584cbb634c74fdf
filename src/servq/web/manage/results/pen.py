"""What every figure of the result pages shares: words, numbers with intervals, the frame of a figure. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from servq.analysis.findings import Findings
from servq.reporting import figures as report
from servq.reporting.charts.mirror import mirror_images
from servq.reporting.formats import Formats, Kind
from servq.statistics.estimate import Estimate
from servq.translation import Translator, translator
from servq.web.manage.figures import Figure
from servq.web.manage.results.pictures import called

NARROW, HALF, WIDE = 320.0, 460.0, 640.0
"""Widths of charts: on a telephone, in half a page and in a whole one. A chart drawn for another width than it is
shown in has letters that are too small or too large."""
Column = tuple[str, str]


class Pen:
    """Draws for one reader.

    Parameters
    ----------
    locale
        Of the reader; the words of the charts are those of the report.
    width
        Of the charts, unless they are shown on a telephone.
    """

    def __init__(self, locale: str, width: float = WIDE) -> None:
        self.width = width
        self.words = translator(locale)
        self.formats = Formats(self.words)
        self.t: Translator = translator(locale, "results")

    def say(self, text: str) -> str:
        """A sentence of the findings in the reader's language."""
        return self.words.say(text)

    def wave(self, name: str) -> str:
        """What people call a wave."""
        return called(name, self.words.locale)

    def source(self, uri: str) -> str:
        """A drawing as the reader reads it: turned round where reading begins at the right."""
        return mirror_images(uri) if self.words.direction == "rtl" else uri

    def shown(
        self,
        wide: report.Figure,
        title: str,
        *,
        narrow: report.Figure | None = None,
        note: str = "",
        columns: Sequence[Column] = (),
        rows: Sequence[Sequence[str]] = (),
        figure_id: str = "",
    ) -> Figure:
        """A figure of the report as a page shows it."""
        return Figure(
            title=title,
            source=self.source(wide.uri),
            narrow=self.source(narrow.uri) if narrow else "",
            alternative=wide.alt,
            note=note,
            columns=tuple(columns),
            rows=tuple(rows),
            id=figure_id,
        )

    def number(self, estimate: object, kind: Kind) -> str:
        """A number with its interval, or a dash."""
        return self.formats.with_interval(estimate, kind) if isinstance(estimate, Estimate) else "–"

    def count(self, estimate: object) -> str:
        """How many respondents a number rests on, or a dash."""
        return self.words.count(estimate.n) if isinstance(estimate, Estimate) else "–"

    def note(self, sentence: str, estimates: Iterable[object]) -> str:
        """What the marks are, with the numbers of respondents behind them."""
        sizes = sorted({one.n for one in estimates if isinstance(one, Estimate)})
        if not sizes:
            return sentence
        if sizes[0] == sizes[-1]:
            return f"{sentence} {self.t('n = {n:,}.', n=sizes[0])}"
        return f"{sentence} {self.t('n = {low:,} to {high:,}.', low=sizes[0], high=sizes[-1])}"

    def confidence(self, findings: Findings) -> str:
        """The confidence level of the findings, as people say it."""
        level = next(
            (one.estimate.confidence_level for one in findings.scores if isinstance(one.estimate, Estimate)), 0.95
        )
        return self.formats.level_in_percent(level)
