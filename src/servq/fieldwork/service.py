"""The fieldwork of a wave, read and put together."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from servq.fieldwork import queries
from servq.fieldwork.links import PageLink, make_page_link
from servq.fieldwork.numbers import (
    Fieldwork,
    Measure,
    all_rates,
    disposition_counts,
    progress_by,
    reason_counts,
    total_progress,
    with_unlinked_partials,
)
from servq.security_tokens import SecurityTokens
from servq.surveys.models import SurveyStatus
from servq.surveys.service import ensure_launched, get_survey, get_wave, list_waves


async def get_fieldwork(
    session: AsyncSession,
    survey_id: int,
    *,
    wave: int | None = None,
    sites: Collection[str] | None = None,
    now: datetime,
) -> Fieldwork:
    """Return the fieldwork of a wave, the newest when left out; with `sites` what happened at these alone.

    Raises `SurveyUnknown`, `SurveyNotLaunched` or `RequestInvalid`.
    """
    survey = await get_survey(session, survey_id)
    ensure_launched(survey)
    chosen = await get_wave(session, survey_id, wave)
    rows = [row for row in await queries.count_measures(session, chosen.id) if sites is None or row.site in sites]
    cases = with_unlinked_partials(
        await queries.count_cases(session, chosen.id, sites),
        await queries.count_unlinked_partials(session, chosen.id, sites),
    )
    not_invited, not_reminded = (
        [row for row in found if sites is None or row.site in sites]
        for found in (
            await queries.count_reasons(session, chosen.id),
            await queries.count_unreminded(session, chosen.id),
        )
    )
    asking = {row.channel for row in rows if row.measure is Measure.INVITED}
    newest = (await list_waves(session, survey_id))[-1]
    is_running = survey.status is SurveyStatus.LAUNCHED and (survey.closes_at is None or survey.closes_at > now)
    return Fieldwork(
        survey_id=survey_id,
        wave=chosen.number,
        wave_name=chosen.name,
        at=now,
        is_open=is_running and chosen.id == newest.id,
        total=total_progress(rows),
        by_day=progress_by(rows, lambda row: row.day),
        by_channel=progress_by(rows, lambda row: row.channel.value),
        by_site=progress_by(rows, lambda row: row.site),
        invited_by_site=progress_by((row for row in rows if row.channel in asking), lambda row: row.site),
        not_invited=reason_counts(not_invited),
        not_reminded=reason_counts(not_reminded),
        dispositions={kind.value: n for kind, n in cases.items()},
        response_rates=all_rates(disposition_counts(cases)),
    )


async def link_to_page(
    session: AsyncSession, survey_id: int, *, wave: int | None = None, days: int, tokens: SecurityTokens, now: datetime
) -> PageLink:
    """Return a private link to the page of a wave, the newest when left out.

    Raises `SurveyUnknown`, `SurveyNotLaunched` or `RequestInvalid`.
    """
    ensure_launched(await get_survey(session, survey_id))
    chosen = await get_wave(session, survey_id, wave)
    return make_page_link(tokens, survey_id, chosen.number, days=days, now=now)
