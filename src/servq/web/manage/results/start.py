"""``/manage``: how are we doing, what changed, what to do first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from litestar import Response, get
from sqlalchemy.ext.asyncio import AsyncSession

from servq.accounts.viewer import Viewer
from servq.analysis.findings import Findings
from servq.analysis.segment_findings import Ranking
from servq.analysis.target_findings import TargetFindings
from servq.comments.service import Comment, latest_released
from servq.follow_ups.service import count_overdue
from servq.reporting.target_figures import TargetRow, targets_view
from servq.surveys.models import Survey
from servq.web.manage.access import FOR_EVERYBODY, PageRequest
from servq.web.manage.figures import Figure
from servq.web.manage.pages import page
from servq.web.manage.places import Now, Session, SignedInViewer
from servq.web.manage.results.answers import Answer, three_answers
from servq.web.manage.results.drawing import Drawer
from servq.web.manage.results.pen import HALF
from servq.web.manage.results.pictures import Picture
from servq.web.manage.results.rates import Rate, find_rate
from servq.web.manage.results.reading import (
    find_chosen,
    list_surveys_with_results,
    read_picture,
    read_targets,
    remember,
)
from servq.web.manage.results.tones import STATUS_TONES

LATEST_COMMENTS = 3
TARGETS_SHOWN = 5
SITES_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Stat:
    """One number with what it means and where more of it is."""

    label: str
    value: str
    note: str
    path: str = ""
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Panel:
    """One figure with the page that shows more of it."""

    title: str
    more: str
    path: str
    figure: Figure | None
    sentence: str = ""


@dataclass(frozen=True, slots=True)
class StartPage:
    """The start page; without a survey it says what to do next."""

    surveys: tuple[tuple[int, str], ...]
    survey: Survey | None = None
    picture: Picture | None = None
    wave_name: str = ""
    opened_on: date | None = None
    n: int = 0
    address: str = ""
    answers: tuple[Answer, ...] = ()
    cautions: tuple[str, ...] = ()
    stats: tuple[Stat, ...] = ()
    panels: tuple[Panel, ...] = ()
    targets: tuple[tuple[TargetRow, str], ...] = ()
    comments: tuple[Comment, ...] = ()
    drawer: Drawer | None = None


@get("/manage", opt=FOR_EVERYBODY)
async def show_start(request: PageRequest, viewer: SignedInViewer, session: Session, now: Now) -> Response[bytes]:
    """Show the survey that was looked at last."""
    chosen = await find_chosen(request, session, viewer)
    surveys = tuple((one.id, one.title) for one in await list_surveys_with_results(session, viewer))
    if chosen is None:
        return page(request, viewer, "results/start.html.j2", StartPage(surveys))
    picture = await read_picture(session, viewer, chosen)
    shown = await _start_page(session, viewer, chosen, picture, surveys, now=now)
    response = page(request, viewer, "results/start.html.j2", shown)
    response.set_cookie(remember(request, chosen.id))
    return response


async def _start_page(
    session: AsyncSession,
    viewer: Viewer,
    survey: Survey,
    picture: Picture,
    surveys: tuple[tuple[int, str], ...],
    *,
    now: datetime,
) -> StartPage:
    drawer = Drawer(viewer.locale, HALF)
    address = f"/manage/surveys/{survey.id}/results"
    findings, wave = picture.findings, picture.wave
    if findings is None or wave is None:
        return StartPage(surveys, survey, picture, address=address, drawer=drawer)
    _, targets = await read_targets(session, viewer, survey, today=now.date())
    overdue = await count_overdue(session, viewer.sites, now=now)
    rate = await find_rate(session, viewer, survey.id, wave.number, now=now)
    comments = await latest_released(session, survey.id, viewer.sites, LATEST_COMMENTS)
    t = drawer.t
    stats = [
        Stat(t("Answers in this wave"), drawer.words.count(wave.n), _beside(picture, drawer), f"{address}/trend"),
        _rate_stat(rate, wave.n, drawer, f"/manage/surveys/{survey.id}/fieldwork"),
        _targets_stat(targets, drawer),
        Stat(
            t("Follow-ups overdue"),
            drawer.words.count(overdue.n_overdue),
            t("{open:,} open in all", open=overdue.n_open),
            "/manage/follow-ups",
            "bad" if overdue.n_overdue else "",
        ),
    ]
    rows = targets_view(targets, drawer.formats).rows[:TARGETS_SHOWN]
    return StartPage(
        surveys=surveys,
        survey=survey,
        picture=picture,
        wave_name=drawer.wave(wave.name),
        opened_on=wave.opened_at.date(),
        n=wave.n,
        address=address,
        answers=three_answers(picture, findings, drawer, address),
        cautions=tuple(map(drawer.say, findings.summary.cautions)),
        stats=tuple(stats),
        panels=tuple(_panels(picture, findings, drawer, address)),
        targets=tuple((row, STATUS_TONES[row.finding.status]) for row in rows),
        comments=tuple(comments),
        drawer=drawer,
    )


def _beside(picture: Picture, drawer: Drawer) -> str:
    before = next((wave for wave in picture.waves if wave.number == picture.previous), None)
    if before is None:
        return ""
    return drawer.t("{n:,} in {wave}", n=before.n, wave=drawer.wave(before.name))


def _rate_stat(rate: Rate | None, n: int, drawer: Drawer, path: str) -> Stat:
    t = drawer.t
    if rate is None:
        return Stat(t("Response rate"), "–", t("Nobody was invited by a link of their own."), path)
    note = t("{completed:,} of {invited:,} invited", completed=rate.completed, invited=rate.invited)
    if n > 2 * rate.completed:
        note = t("{invited}; most answers came without an invitation", invited=note)
    return Stat(t("Response rate"), drawer.words.percent(rate.share), note, path)


def _targets_stat(targets: TargetFindings, drawer: Drawer) -> Stat:
    t = drawer.t
    n = len(targets.targets)
    if not n:
        return Stat(t("Targets reached"), "–", t("None is set yet."), "/manage/targets")
    reached, missed, unclear = (
        sum(one.status == status for one in targets.targets) for status in ("reached", "missed", "open")
    )
    note = t("{open} cannot be told yet", open=unclear) if unclear else ""
    return Stat(
        t("Targets reached"),
        t("{reached} of {n}", reached=reached, n=n),
        t("{missed} missed", missed=missed) if missed else note,
        "/manage/targets",
        "bad" if missed else "",
    )


def _panels(picture: Picture, findings: Findings, drawer: Drawer, address: str) -> Sequence[Panel]:
    t = drawer.t
    panels = [
        Panel(
            t("Scores by dimension") if findings.dimensions else t("Scores"),
            t("Gaps and items"),
            f"{address}/gaps",
            drawer.dimensions(findings, "") or drawer.answers(findings, "") or drawer.classes(findings, ""),
        ),
        Panel(t("Trend"), t("All trends"), f"{address}/trend", drawer.overall_trend(findings)),
    ]
    sites = picture.groups.get("site")
    if sites is not None:
        ranking = sites.ranking if isinstance(sites.ranking, Ranking) else None
        panels.append(
            Panel(
                t("Sites"),
                t("All sites"),
                f"{address}/sites",
                drawer.ranking(sites, findings, most=SITES_SHOWN),
                drawer.say(ranking.reading) if ranking else drawer.say(sites.comparison),
            )
        )
    panels.append(Panel(t("Priorities"), t("Map and drivers"), f"{address}/priorities", drawer.priorities(findings)))
    return [panel for panel in panels if panel.figure is not None]
