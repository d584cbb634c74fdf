"""``/manage/follow-ups``: what is open, the oldest first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime

from litestar import Response, get

from servq.follow_ups import queries
from servq.follow_ups.models import FollowUpStatus
from servq.follow_ups.queries import FollowUpCounts, FollowUpRow
from servq.follow_ups.service import count_overdue
from servq.translation import Translator
from servq.web.manage.access import FOR_EVERYBODY, PageRequest
from servq.web.manage.pages import page, say_in
from servq.web.manage.places import Now, Session, SignedInViewer

SHOWS = ("open", "overdue", "mine", "ended")


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUpLine:
    """One follow-up in the list; `tone` of its day: bad once it is past."""

    id: int
    survey: str
    site: str
    touchpoint: str
    value: float
    at_most: float
    status: str
    tone: str
    owner: str
    opened_at: datetime
    due_on: date
    is_overdue: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUpsPage:
    """The list and what is counted above it."""

    counts: FollowUpCounts
    lines: tuple[FollowUpLine, ...]
    show: str
    tabs: tuple[tuple[str, str, bool], ...]
    most: int


@get("/manage/follow-ups", opt=FOR_EVERYBODY)
async def show_follow_ups(request: PageRequest, viewer: SignedInViewer, session: Session, now: Now) -> Response[bytes]:
    """Show the follow-ups of the sites that somebody may see."""
    say = say_in(viewer, "follow_ups")
    asked = request.query_params.get("show", "")
    show = asked if asked in SHOWS else SHOWS[0]
    today = now.astimezone(UTC).date()
    rows = await queries.list_follow_ups(
        session,
        sites=viewer.sites,
        ended=show == "ended",
        owner_id=viewer.account_id if show == "mine" else None,
        due_before=today if show == "overdue" else None,
        most=queries.MOST_SHOWN,
    )
    counts = await count_overdue(session, viewer.sites, now=now)
    names = (say("Open"), say("Overdue"), say("Mine"), say("Ended"))
    shown = FollowUpsPage(
        counts=counts,
        lines=tuple(_line(row, today, say) for row in rows),
        show=show,
        tabs=tuple(
            (name, f"/manage/follow-ups?show={each}", each == show) for each, name in zip(SHOWS, names, strict=True)
        ),
        most=queries.MOST_SHOWN,
    )
    return page(request, viewer, "follow_ups/list.html.j2", shown)


HANDLERS = (show_follow_ups,)


def status_said(status: FollowUpStatus, say: Translator) -> tuple[str, str]:
    """Return a status in words, and the tone of its badge."""
    return {
        FollowUpStatus.OPEN: (say("Open"), "warn"),
        FollowUpStatus.IN_PROGRESS: (say("In progress"), "accent"),
        FollowUpStatus.RESOLVED: (say("Resolved"), "good"),
        FollowUpStatus.DROPPED: (say("Dropped"), "neutral"),
    }[status]


def _line(row: FollowUpRow, today: date, say: Translator) -> FollowUpLine:
    one = row.follow_up
    said, tone = status_said(one.status, say)
    return FollowUpLine(
        id=one.id,
        survey=row.survey_title,
        site=one.site,
        touchpoint=one.touchpoint,
        value=one.value,
        at_most=one.at_most,
        status=said,
        tone=tone,
        owner=row.owner_email or "",
        opened_at=one.opened_at,
        due_on=one.due_on,
        is_overdue=one.closed_at is None and one.due_on < today,
    )
