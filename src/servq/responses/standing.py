"""Where a link stands, and what may be done with it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from servq.errors import (
    AlreadyAnswered,
    ChangedMeanwhile,
    LinkExpired,
    LinkUnknown,
    ServqError,
    SurveyClosed,
    SurveyNotLaunched,
)
from servq.invitations.tokens import is_token
from servq.responses import queries
from servq.responses.links import Link, PersonalLink, TrialLink
from servq.responses.queries import LinkState
from servq.surveys.launched import LaunchedSurvey
from servq.surveys.models import SurveyStatus
from servq.surveys.names import is_slug


def get_state(connection: Connection, link: Link) -> LinkState:
    """Return where a link to a launched survey stands, or a trial of one that may be a draft.

    Raises `LinkUnknown` or `SurveyNotLaunched`.
    """
    state = None
    if is_token(link.token):
        if isinstance(link, PersonalLink):
            state = queries.find_personal_state(connection, digest=link.digest, key=link.key)
        elif isinstance(link, TrialLink):
            state = queries.find_trial_state(connection, survey_id=link.survey_id, key=link.key)
        elif is_slug(link.slug):
            state = queries.find_open_state(connection, slug=link.slug, key=link.key)
    if state is None:
        raise LinkUnknown("This link leads to no survey. Check that the address is complete.")
    if state.status is SurveyStatus.DRAFT and not isinstance(link, TrialLink):
        raise SurveyNotLaunched("This survey has not started yet. Try again later.")
    return state


def is_submitted(state: LinkState) -> bool:
    """Whether the answers of this link are complete and stored."""
    return state.submitted_at is not None or state.used_at is not None


def find_refusal(state: LinkState, *, now: datetime) -> ServqError | None:
    """Return why nothing may be stored by this link any more, or None."""
    if state.status is SurveyStatus.CLOSED or (state.closes_at is not None and state.closes_at <= now):
        return SurveyClosed("This survey is closed. It takes no more answers.")
    # Expiry bounds answering; what was answered in time may be changed until the survey closes.
    if not is_submitted(state) and state.expires_at is not None and state.expires_at <= now:
        return LinkExpired("This link has expired. Ask the sender for a new one.")
    return None


def is_outdated(state: LinkState, link: Link, survey: LaunchedSurvey) -> bool:
    """Whether a draft was changed after a trial of it had read its questions."""
    return isinstance(link, TrialLink) and state.status is SurveyStatus.DRAFT and state.version != survey.version


def may_change(survey: LaunchedSurvey, link: Link) -> bool:
    """Whether submitted answers may be changed by this link while the survey is open."""
    return survey.allow_changes and isinstance(link, PersonalLink)


def outdated_trial() -> ChangedMeanwhile:
    """Return the refusal of answers to questions that are no longer asked."""
    return ChangedMeanwhile("The survey was changed since this trial began. Begin the trial again.")


def already_answered() -> AlreadyAnswered:
    """Return the refusal of a second, different set of answers by one link."""
    return AlreadyAnswered("Answers from this link were submitted before. What you sent now was not stored.")
