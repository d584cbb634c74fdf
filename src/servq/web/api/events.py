"""Addresses of events and of the rules by which they start surveys."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from litestar import Request, delete, get, post, put
from litestar.datastructures import State
from litestar.params import FromPath, HeaderParameter, JSONBody, QueryParameter

from servq.accounts.models import Scope
from servq.accounts.service import Caller
from servq.errors import Problem, RecordUnknown, RequestInvalid
from servq.events import queries, rules
from servq.events.given import LONGEST_KEY
from servq.events.intake import take_in
from servq.events.rules import NewRule
from servq.responses.low_scores import list_low_scores, remove_low_score, set_low_score
from servq.surveys.service import get_survey
from servq.web.api.access import SCOPE
from servq.web.api.events_bodies import (
    MOST_SHOWN,
    DecisionShown,
    EventGiven,
    EventsGiven,
    EventShown,
    EventTaken,
    EventWithDecisions,
    LowScoreGiven,
    LowScoreShown,
    RuleShown,
)
from servq.web.api.places import LARGEST_NUMBER, EventId, Now, RuleId, Session, SurveyId

IdempotencyKey = Annotated[
    str | None,
    HeaderParameter(
        name="Idempotency-Key",
        description="The sender's own name of this event, instead of the field in the body.",
        min_length=1,
        max_length=LONGEST_KEY,
    ),
]
Kind = Annotated[str | None, QueryParameter(description="Only events of this kind.", max_length=LONGEST_KEY)]
Number = Annotated[
    int | None, QueryParameter(description="Only of the contact with this number.", ge=1, le=LARGEST_NUMBER)
]
Before = Annotated[
    int | None, QueryParameter(description="Only below this number, for the next page.", ge=1, le=LARGEST_NUMBER)
]
ApiRequest = Request[None, None, State]


@post("/events", opt={SCOPE: Scope.EVENTS_WRITE})
async def take_in_event(
    data: JSONBody[EventGiven], request: ApiRequest, session: Session, now: Now, idempotency_key: IdempotencyKey = None
) -> EventTaken:
    """Report one event; sent again under the same key it changes nothing and is answered the same."""
    if None not in (idempotency_key, data.idempotency_key) and idempotency_key != data.idempotency_key:
        raise RequestInvalid(
            Problem("Header and body name the event differently.", "Give one key.", column="idempotency_key")
        )
    (taken,) = await take_in(session, _sender(request), [data.read(idempotency_key)], now=now)
    return EventTaken.of(taken)


@post("/events/bulk", opt={SCOPE: Scope.EVENTS_WRITE})
async def take_in_events(
    data: JSONBody[EventsGiven], request: ApiRequest, session: Session, now: Now
) -> list[EventTaken]:
    """Report many events at once; all are stored before the answer, or none.

    Each has a key of its own, so that the whole request can be sent again when no answer came.
    """
    taken = await take_in(session, _sender(request), [event.read() for event in data.events], now=now)
    return [EventTaken.of(each) for each in taken]


@get("/events", opt={SCOPE: Scope.EVENTS_READ})
async def show_events(
    session: Session, kind: Kind = None, contact_id: Number = None, before: Before = None
) -> list[EventShown]:
    """List events, the newest first, at most 200 at once."""
    found = await queries.list_events(session, kind=kind, contact_id=contact_id, before=before, most=MOST_SHOWN)
    return [EventShown.of(event) for event in found]


@get("/events/{event_id:int}", opt={SCOPE: Scope.EVENTS_READ})
async def show_event(event_id: EventId, session: Session) -> EventWithDecisions:
    """Show one event and who was invited because of it, or why not."""
    event = await queries.find_event(session, event_id)
    if event is None:
        raise RecordUnknown(f"There is no event {event_id}.")
    decisions = await queries.list_decisions(session, event_id)
    return EventWithDecisions(event=EventShown.of(event), decisions=[DecisionShown.of(each) for each in decisions])


@get("/surveys/{survey_id:int}/rules", opt={SCOPE: Scope.SURVEYS_READ})
async def show_rules(survey_id: SurveyId, session: Session) -> list[RuleShown]:
    """List the rules by which a survey starts by itself."""
    return [RuleShown.of(rule, n) for rule, n in await rules.list_rules(session, survey_id)]


@post("/surveys/{survey_id:int}/rules", opt={SCOPE: Scope.SURVEYS_WRITE})
async def add_rule(survey_id: SurveyId, data: JSONBody[NewRule], session: Session, now: Now) -> RuleShown:
    """Say which occasions invite, by which channel, after what delay and for which share.

    A rule counts for what happens from now on.
    """
    return RuleShown.of(await rules.add_rule(session, survey_id, data, now=now))


@post("/surveys/{survey_id:int}/rules/{rule_id:int}/pause", opt={SCOPE: Scope.SURVEYS_WRITE}, status_code=HTTPStatus.OK)
async def pause_rule(survey_id: SurveyId, rule_id: RuleId, session: Session, now: Now) -> RuleShown:
    """Let a rule rest; what happens meanwhile invites nobody."""
    return RuleShown.of(await rules.switch_rule(session, survey_id, rule_id, active=False, now=now))


@post(
    "/surveys/{survey_id:int}/rules/{rule_id:int}/resume", opt={SCOPE: Scope.SURVEYS_WRITE}, status_code=HTTPStatus.OK
)
async def resume_rule(survey_id: SurveyId, rule_id: RuleId, session: Session, now: Now) -> RuleShown:
    """Let a rule work again."""
    return RuleShown.of(await rules.switch_rule(session, survey_id, rule_id, active=True, now=now))


@delete("/surveys/{survey_id:int}/rules/{rule_id:int}", opt={SCOPE: Scope.SURVEYS_WRITE})
async def remove_rule(survey_id: SurveyId, rule_id: RuleId, session: Session) -> None:
    """Delete a rule; who was invited by it stays invited."""
    await rules.remove_rule(session, survey_id, rule_id)


@get("/surveys/{survey_id:int}/low-scores", opt={SCOPE: Scope.SURVEYS_READ})
async def show_low_scores(survey_id: SurveyId, session: Session) -> list[LowScoreShown]:
    """List the scores of a survey that are watched."""
    await get_survey(session, survey_id)
    return [LowScoreShown.of(rule) for rule in await list_low_scores(session, survey_id)]


@put("/surveys/{survey_id:int}/low-scores/{score:str}", opt={SCOPE: Scope.SURVEYS_WRITE})
async def watch_score(
    survey_id: SurveyId, score: FromPath[str], data: JSONBody[LowScoreGiven], session: Session, now: Now
) -> LowScoreShown:
    """Warn of every response whose score is at most this much, by webhooks and mail."""
    return LowScoreShown.of(await set_low_score(session, survey_id, score, data.at_most, now=now))


@delete("/surveys/{survey_id:int}/low-scores/{score:str}", opt={SCOPE: Scope.SURVEYS_WRITE})
async def stop_watching(survey_id: SurveyId, score: FromPath[str], session: Session) -> None:
    """Warn of this score no more."""
    await remove_low_score(session, survey_id, score)


def _sender(request: ApiRequest) -> str:
    caller: Caller = request.state.caller
    return caller.key


HANDLERS = (
    take_in_event,
    take_in_events,
    show_events,
    show_event,
    show_rules,
    add_rule,
    pause_rule,
    resume_rule,
    remove_rule,
    show_low_scores,
    watch_score,
    stop_watching,
)
