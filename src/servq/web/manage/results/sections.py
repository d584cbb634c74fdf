"""What each page of results shows of the findings, section by section. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from servq.analysis.absence import Unavailable
from servq.analysis.driver_findings import Drivers
from servq.analysis.findings import Findings
from servq.analysis.score_findings import Priorities
from servq.analysis.segment_findings import Ranking, Segment
from servq.analysis.trend_findings import Trend
from servq.messages import Message
from servq.results.scored import SITE
from servq.targets.journeys import in_order
from servq.web.manage.figures import Figure
from servq.web.manage.results.access import TEAM_ATTRIBUTES
from servq.web.manage.results.drawing import Drawer
from servq.web.manage.results.pictures import TOUCHPOINT, Picture


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One part of a page: what it says, and the figures behind it; `absent` says why there is nothing."""

    title: str
    sentences: tuple[str, ...] = ()
    figures: tuple[Figure, ...] = ()
    absent: str = ""


def overview(picture: Picture, findings: Findings, drawer: Drawer) -> Sequence[Section]:
    """The whole summary of the report, with the scores by dimension."""
    del picture
    t, summary = drawer.t, findings.summary
    said = (
        (t("How we are doing"), (summary.headline, *summary.strengths)),
        (t("What changed"), summary.change),
        (t("Where it falls short"), summary.shortfalls),
        (t("What to do first"), summary.first_steps),
        (t("Sites"), summary.sites),
    )
    made = [Section(title=title, sentences=_said(drawer, sentences)) for title, sentences in said if sentences]
    figure = drawer.dimensions(findings, "")
    if figure is not None:
        made.insert(1, Section(title=t("Scores by dimension"), figures=(figure,)))
    return made


def gaps(picture: Picture, findings: Findings, drawer: Drawer) -> Sequence[Section]:
    """Dimensions, then items."""
    del picture
    t = drawer.t
    return _kept(
        _figured(t("Dimensions"), drawer.dimensions(findings, "")),
        _figured(t("Answers"), drawer.answers(findings, "") or drawer.classes(findings, "")),
        _figured(t("Items, the largest shortfall first"), drawer.items(findings, "")),
    ) or [Section(title=t("Scores"), sentences=_said(drawer, [findings.summary.headline]))]


def priorities(picture: Picture, findings: Findings, drawer: Drawer) -> Sequence[Section]:
    """The map, the points and the drivers, or why there are none."""
    del picture
    t = drawer.t
    steps = Section(title=t("What to do first"), sentences=_said(drawer, findings.summary.first_steps))
    found, driven = findings.priorities, findings.drivers
    placed = Section(
        title=t("Importance and performance"),
        sentences=(drawer.say(found.reading),) if isinstance(found, Priorities) else (),
        figures=_some(drawer.priorities(findings)),
        absent=_why(drawer, found, t("This instrument does not ask what matters to people.")),
    )
    drivers = Section(
        title=t("What goes with the outcome"),
        sentences=(drawer.say(driven.reading),) if isinstance(driven, Drivers) else (),
        figures=_some(drawer.drivers(findings, "")),
        absent=_why(drawer, driven, t("This instrument has no dimensions that could go with an outcome.")),
    )
    return _kept(
        steps if steps.sentences else None,
        placed,
        _figured(t("What matters to people"), drawer.importance(findings, "")),
        drivers,
    )


def trend(picture: Picture, findings: Findings, drawer: Drawer) -> Sequence[Section]:
    """Every score over the waves, then the headline of every site."""
    del picture
    t = drawer.t
    found = findings.trend
    if not isinstance(found, Trend):
        reason = _why(drawer, found, t("A trend needs at least three waves."))
        return (
            Section(title=t("Since the wave before"), sentences=_said(drawer, findings.summary.change)),
            Section(title=t("Trend"), absent=reason),
        )
    readings = [one.reading for one in found.series if one.newest != "within"]
    names = [one.label for one in found.series if one.newest != "within"]
    said = [
        drawer.words("{name}: {reading}", name=name, reading=reading)
        for name, reading in zip(names, readings, strict=True)
    ]
    return _kept(
        Section(
            title=t("Scores over the waves"),
            sentences=tuple(said) or (drawer.say(found.reading),),
            figures=(drawer.trend_of(findings, found),),
        ),
        _figured(t("By site"), drawer.trend_by_site(findings)),
    )


def sites(picture: Picture, findings: Findings, drawer: Drawer) -> Sequence[Section]:
    """Ranking and heat map of the sites."""
    segment = picture.groups.get(SITE)
    if segment is None:
        return (Section(title=drawer.t("Sites"), absent=drawer.t("The answers do not say which site they are about.")),)
    return _compared(segment, findings, drawer, drawer.t("Ranking"), drawer.t("Scores by site"))


def teams(picture: Picture, findings: Findings, drawer: Drawer) -> Sequence[Section]:
    """Ranking and heat map of teams, then of agents."""
    t = drawer.t
    titles = {"team": (t("Teams"), t("Scores by team")), "agent": (t("Agents"), t("Scores by agent"))}
    made: list[Section] = []
    for attribute in TEAM_ATTRIBUTES:
        segment = picture.groups.get(attribute)
        if segment is not None:
            made += _compared(segment, findings, drawer, *titles[attribute])
    if made:
        return made
    reason = t("The answers carry neither a team nor an agent. Send the attributes “team” and “agent” with the links.")
    return (Section(title=t("Teams"), absent=reason),)


def journey(picture: Picture, findings: Findings, drawer: Drawer, stages: Sequence[str]) -> Sequence[Section]:
    """The score of every touchpoint in the order of the journey."""
    t = drawer.t
    segment = picture.groups.get(TOUCHPOINT)
    if segment is None or not segment.groups:
        reason = t("The answers do not say at which touchpoint they were given. Send the attribute “touchpoint”.")
        return (Section(title=t("Stages"), absent=drawer.say(segment.reading) if segment else reason),)
    labels = [group.label for group in segment.groups if not isinstance(group.label, Message)]
    order = in_order(stages, labels)
    return _kept(
        Section(
            title=t("Stages in their order"),
            sentences=_said(drawer, [segment.comparison, segment.reading]),
            figures=_some(drawer.stages(segment, findings, order)),
        ),
        _figured(t("Scores by stage"), drawer.heat_map(segment, findings)),
    )


def _compared(segment: Segment, findings: Findings, drawer: Drawer, title: str, second: str) -> list[Section]:
    if not segment.groups:
        return [Section(title=title, absent=drawer.say(segment.reading))]
    ranking = segment.ranking
    said = [segment.comparison, *([ranking.reading] if isinstance(ranking, Ranking) else []), segment.reading]
    return _kept(
        Section(
            title=title,
            sentences=_said(drawer, said),
            figures=_some(drawer.ranking(segment, findings)),
        ),
        _figured(second, drawer.heat_map(segment, findings)),
    )


def _said(drawer: Drawer, sentences: Sequence[str]) -> tuple[str, ...]:
    return tuple(drawer.say(one) for one in sentences if one)


def _some(figure: Figure | None) -> tuple[Figure, ...]:
    return () if figure is None else (figure,)


def _figured(title: str, figure: Figure | None) -> Section | None:
    return None if figure is None else Section(title=title, figures=(figure,))


def _kept(*made: Section | None) -> list[Section]:
    return [one for one in made if one is not None]


def _why(drawer: Drawer, part: object, otherwise: str) -> str:
    if isinstance(part, Unavailable):
        return drawer.say(part.reason)
    return otherwise if part is None else ""
