"""Addresses of service contacts and of the metrics from them."""

from __future__ import annotations

import asyncio
from datetime import date, datetime
from http import HTTPStatus
from typing import Annotated, Any, Literal

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import JSONBody, QueryParameter
from msgspec import Meta, Struct, structs
from sqlalchemy.ext.asyncio import AsyncSession

from servq.accounts.models import Scope
from servq.operations.columns import BY_NAME
from servq.translation import translator
from servq.web.api.access import SCOPE
from servq.web.api.operations_bodies import OperationsShown

MOST_AT_ONCE = 10_000
FEWEST_IN_A_GROUP = 5
_LARGEST_NUMBER = 2**31 - 1

Session = NamedDependency[AsyncSession]
Now = NamedDependency[datetime]
Grouping = Literal["channel", "site", "team", "agent", "product"]


def _about(name: str, *examples: Any) -> Meta:
    return Meta(description=BY_NAME[name].meaning, examples=list(examples))


class ServiceContactGiven(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A ticket, call or chat in its latest state; what is left out is unknown."""

    contact_id: Annotated[str, _about("contact_id", "T-10023")]
    opened_at: Annotated[str, _about("opened_at", "2026-03-04T10:15:00+01:00")]
    first_reply_at: Annotated[str | None, _about("first_reply_at", "2026-03-04T10:25:00+01:00")] = None
    resolved_at: Annotated[str | None, _about("resolved_at", "2026-03-04T16:40:00+01:00")] = None
    replies: Annotated[int | None, _about("replies", 2)] = None
    response_minutes: Annotated[float | None, _about("response_minutes", 35.5)] = None
    handovers: Annotated[int | None, _about("handovers", 0)] = None
    channel: Annotated[str | None, _about("channel", "email")] = None
    queue_seconds: Annotated[float | None, _about("queue_seconds", 40)] = None
    abandoned: Annotated[bool | None, _about("abandoned", False)] = None
    found_sought: Annotated[bool | None, _about("found_sought", True)] = None
    failures: Annotated[int | None, _about("failures", 0)] = None
    talk_minutes: Annotated[float | None, _about("talk_minutes", 6.5)] = None
    site: Annotated[str | None, _about("site", "North")] = None
    team: Annotated[str | None, _about("team", "First line")] = None
    agent: Annotated[str | None, _about("agent", "a-17")] = None
    product: Annotated[str | None, _about("product", "Account")] = None


class ServiceContactsGiven(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Service contacts to be stored together, or not at all."""

    contacts: Annotated[
        list[ServiceContactGiven],
        Meta(min_length=1, max_length=MOST_AT_ONCE, description=f"At most {MOST_AT_ONCE:,} at once."),
    ]


class StoredShown(Struct, frozen=True, kw_only=True):
    """What became of the contacts; those stored in the same state before are `unchanged`."""

    received: int
    created: int
    updated: int
    unchanged: int


@post("/service-contacts", opt={SCOPE: Scope.OPERATIONS_WRITE}, status_code=HTTPStatus.OK)
async def put_service_contacts(data: JSONBody[ServiceContactsGiven], session: Session, now: Now) -> StoredShown:
    """Store service contacts under their ids, replacing what is stored of them; sending them again changes nothing."""
    from servq.operations.records import contacts_of_rows
    from servq.operations.service import store_contacts

    contacts = contacts_of_rows([structs.asdict(contact) for contact in data.contacts])
    stored = await store_contacts(session, contacts, now=now)
    return StoredShown(
        received=stored.received, created=stored.created, updated=stored.updated, unchanged=stored.unchanged
    )


@get("/service-metrics", opt={SCOPE: Scope.OPERATIONS_READ})
async def show_service_metrics(
    session: Session,
    now: Now,
    by: Annotated[list[Grouping] | None, QueryParameter(description="Also by these; repeatable.")] = None,
    period: Annotated[Literal["day", "week", "month"], QueryParameter(description="Length of periods.")] = "month",
    time_zone: Annotated[str, QueryParameter(description="Zone of days and periods, e.g. Europe/Berlin.")] = "UTC",
    since: Annotated[date | None, QueryParameter(description="First day of opening that counts.")] = None,
    until: Annotated[date | None, QueryParameter(description="Last day of opening that counts.")] = None,
    instant_seconds: Annotated[
        float, QueryParameter(description="Who queued no longer than this was served at once.", ge=0)
    ] = 0.0,
    survey: Annotated[
        int | None,
        QueryParameter(
            description="Survey whose scores by site and period are set beside the metrics.", ge=1, le=_LARGEST_NUMBER
        ),
    ] = None,
    minimum_group: Annotated[
        int,
        QueryParameter(description="Groups of fewer contacts are not shown.", ge=FEWEST_IN_A_GROUP, le=_LARGEST_NUMBER),
    ] = FEWEST_IN_A_GROUP,
    locale: Annotated[str, QueryParameter(description="Language of names and sentences.", max_length=20)] = "en",
) -> OperationsShown:
    """Compute the service metrics of the stored contacts, with intervals and what they mean."""
    from servq.operations.findings import OperationsOptions, measure_operations
    from servq.operations.metrics import MetricOptions
    from servq.operations.sample import Window
    from servq.operations.service import get_stored

    options = OperationsOptions(
        window=Window(length=period, time_zone=time_zone, since=since, until=until),
        metrics=MetricOptions(instant_seconds=instant_seconds),
        by=by or (),
        minimum_group_size=minimum_group,
    )
    contacts, options = await get_stored(session, options, survey, now=now)
    # in a thread, because seconds of work must not keep respondents waiting
    findings = await asyncio.to_thread(measure_operations, contacts, options)
    return OperationsShown.of(findings, translator(locale))


HANDLERS = (put_service_contacts, show_service_metrics)
