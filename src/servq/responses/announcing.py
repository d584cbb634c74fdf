"""Telling others of a response in the transaction that stores it: what it scored, and whether that is a warning.

Anonymous surveys are never told of: the moment of a message alone would say when somebody answered.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection

from servq.follow_ups.opening import open_follow_up
from servq.invitations.outbox import plan_alerts
from servq.responses import low_score_queries as queries
from servq.responses.answers import decode
from servq.responses.feedback import FEEDBACK_TEXT
from servq.responses.low_scores import respondent_scores
from servq.surveys.launched import LaunchedSurvey
from servq.translation import translator
from servq.webhooks.announcing import announce
from servq.webhooks.models import Happening


def announce_response(connection: Connection, survey: LaunchedSurvey, key: bytes, *, now: datetime) -> None:
    """Plan what other systems are told of the response that is known by `key`."""
    response = queries.get_completed(connection, key)
    codes = decode([response.answers], survey.n_columns)
    scores = respondent_scores(survey.instrument, codes)
    data: Mapping[str, object] = {
        "survey": {"id": survey.id, "title": survey.title, "instrument": survey.instrument.id},
        "wave": response.wave,
        "response": response.id.hex(),
        "contact": response.reference,
        "channel": response.channel,
        "administration": response.administration,
        "locale": response.locale,
        "submitted_at": now,
        "attributes": response.attributes,
        "scores": scores,
        "texts": {
            **survey.asked_texts(codes[0].tolist(), response.texts),
            **{name: text for name, text in response.texts.items() if name == FEEDBACK_TEXT},
        },
    }
    announce(connection, Happening.RESPONSE_COMPLETED, data, survey_id=survey.id, now=now)
    for score, at_most in queries.list_rules(connection, survey.id):
        value = scores.get(score)
        if value is not None and value <= at_most:
            warning = {**data, "score": score, "value": value, "at_most": at_most}
            announce(connection, Happening.LOW_SCORE, warning, survey_id=survey.id, now=now)
            open_follow_up(
                connection,
                survey_id=survey.id,
                wave=response.wave,
                response_id=response.id,
                score=score,
                value=value,
                at_most=at_most,
                attributes=response.attributes,
                now=now,
            )
            _alert(connection, survey, score, value, at_most, now=now)


def _alert(
    connection: Connection, survey: LaunchedSurvey, score: str, value: float, at_most: float, *, now: datetime
) -> None:
    """Plan a mail to the people of the organisation whom the survey names, in their language."""
    say = translator(survey.locale, "mail")
    values = {
        "headline": say("A low score: {score}", score=score),
        "detail": say("{value} in “{title}”, at most {at_most}", value=value, title=survey.title, at_most=at_most),
    }
    plan_alerts(connection, survey.id, locale=survey.locale, values=values, now=now)
