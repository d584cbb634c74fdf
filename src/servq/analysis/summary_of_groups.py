"""What the summary says of sites, of the waves before, and of what goes with the outcome."""

from __future__ import annotations

from collections.abc import Sequence

from servq.analysis.absence import Unavailable
from servq.analysis.driver_findings import Drivers
from servq.analysis.segment_findings import SITE, Ranking, Segment
from servq.analysis.trend_findings import Trend
from servq.messages import Message


def sentences_on_sites(segments: Sequence[Segment] | Unavailable) -> tuple[Message, ...]:
    """Who differs and what the ranking carries, for the one attribute whose groups were compared as sites.

    One attribute only: a summary that looked through all of them for a difference would find one by chance.
    """
    if isinstance(segments, Unavailable):
        return ()
    sites = next((one for one in segments if one.compared_by == "others"), None)
    if sites is None:
        return ()
    ranking = (sites.ranking.reading,) if isinstance(sites.ranking, Ranking) else ()
    compared = sites.comparison
    if sites.attribute != SITE:
        compared = Message("{name}: {reading}", name=sites.attribute, reading=compared)
    return (compared, *ranking)


def sentences_on_trend(trend: Trend | Unavailable | None) -> tuple[Message, ...]:
    """Whether the newest wave stands out among all; nothing without a trend."""
    if not isinstance(trend, Trend):
        return ()
    return (Message("Among {n} waves: {reading}", n=len(trend.series[0].points), reading=trend.reading),)


def steps_of_drivers(drivers: Drivers | Unavailable | None) -> tuple[Message, ...]:
    """What to look at because it goes with the outcome, where a few dimensions stand out."""
    if not isinstance(drivers, Drivers) or drivers.strength != "clear":
        return ()
    leading = [driver.label for driver in drivers.drivers if driver.is_leading]
    if len(leading) > max(1, len(drivers.drivers) // 2):
        return ()
    return (
        Message(
            "What goes most with “{outcome}”: {names}. This describes the answers and proves no cause.",
            outcome=drivers.outcome,
            names=", ".join(leading),
        ),
    )
