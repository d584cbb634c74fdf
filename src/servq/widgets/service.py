"""Widgets and their display rules: adding them, changing them, letting them rest."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator, Sequence
from datetime import datetime
from math import isfinite
from typing import Annotated, NamedTuple

from msgspec import Meta, Struct
from sqlalchemy.ext.asyncio import AsyncSession

from servq.errors import Problem, RecordUnknown, RequestInvalid
from servq.security_tokens import SecurityTokens
from servq.surveys.launched import LaunchedSurvey, get_launched
from servq.surveys.names import LONGEST_NAME, name_problems
from servq.widgets import queries
from servq.widgets.identity import new_identity_secret
from servq.widgets.models import DisplayRule, Widget
from servq.widgets.suitability import suitability_problems

SECRET_PURPOSE = "widget identity"  # noqa: S105 (a name, no secret)
PAGE_VIEW = "page_view"

MOST_RULES = 100
LONGEST_EVENT = 60
LONGEST_PATTERN = 500
LONGEST_TOUCHPOINT = 100
LONGEST_DELAY_S = 60 * 60
_MOST_ORIGINS = 50
_MOST_VALUES = 100
_KEY_BYTES = 15

_ORIGIN = re.compile(r"https?://[a-z0-9.-]+(:[0-9]{1,5})?", re.ASCII)


class NewWidget(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A widget to be made; also the body of the request that makes one."""

    name: Annotated[str, Meta(description="What the organisation calls the app.", examples=["Web shop"])]
    origins: Annotated[
        tuple[str, ...],
        Meta(description="Sites whose pages may use it.", examples=[["https://www.example.org"]]),
    ]


class NewDisplayRule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When a survey is shown; also the body of the request that adds a rule."""

    survey_id: Annotated[int, Meta(description="Number of the survey.", ge=1, le=2**31 - 1, examples=[1])]
    event: Annotated[
        str,
        Meta(description="What must happen; page_view for every page that is opened.", examples=["order_placed"]),
    ] = PAGE_VIEW
    pages: Annotated[
        tuple[str, ...],
        Meta(description="Paths, * for any text, of which one must fit; all when left out.", examples=[["/orders/*"]]),
    ] = ()
    conditions: Annotated[
        dict[str, tuple[str, ...]],
        Meta(description="Attributes of the visitor and the values that will do.", examples=[{"plan": ["pro"]}]),
    ] = {}
    share: Annotated[float, Meta(description="Share of the visitors, always the same ones.", gt=0, le=1)] = 1.0
    delay_s: Annotated[int, Meta(description="Seconds from the event to the question.", ge=0, le=LONGEST_DELAY_S)] = 0
    touchpoint: Annotated[str | None, Meta(description="Stored with the answers.", examples=["checkout"])] = None


class AddedWidget(NamedTuple):
    """A widget just made; `secret` is what the app's server signs visitors with."""

    widget: Widget
    secret: str


async def add_widget(session: AsyncSession, new: NewWidget, *, tokens: SecurityTokens, now: datetime) -> AddedWidget:
    """Make a widget; raises `RequestInvalid` with every problem."""
    problems = [*name_problems("name", new.name, column="name", longest=100), *_origin_problems(new.origins)]
    if problems:
        raise RequestInvalid(problems)
    secret = new_identity_secret()
    widget = Widget(
        key=f"w_{secrets.token_urlsafe(_KEY_BYTES)}",
        name=new.name.strip(),
        origins=list(dict.fromkeys(new.origins)),
        sealed_secret=tokens.seal_bytes(SECRET_PURPOSE, secret.encode()),
        active=True,
        created_at=now,
    )
    session.add(widget)
    await session.flush()
    return AddedWidget(widget, secret)


async def get_widget(session: AsyncSession, widget_id: int) -> Widget:
    """Return a widget; raises `RecordUnknown`."""
    widget = await queries.find_widget(session, widget_id)
    if widget is None:
        raise RecordUnknown(f"There is no widget {widget_id}.")
    return widget


async def list_widgets(session: AsyncSession) -> Sequence[Widget]:
    """Return all widgets."""
    return await queries.list_widgets(session)


async def change_widget(session: AsyncSession, widget_id: int, new: NewWidget) -> Widget:
    """Give a widget another name and other sites; raises `RecordUnknown` or `RequestInvalid`."""
    widget = await get_widget(session, widget_id)
    problems = [*name_problems("name", new.name, column="name", longest=100), *_origin_problems(new.origins)]
    if problems:
        raise RequestInvalid(problems)
    widget.name, widget.origins = new.name.strip(), list(dict.fromkeys(new.origins))
    await session.flush()
    return widget


async def switch_widget(session: AsyncSession, widget_id: int, *, active: bool) -> Widget:
    """Let a widget rest, or work again; raises `RecordUnknown`."""
    widget = await get_widget(session, widget_id)
    widget.active = active
    await session.flush()
    return widget


async def renew_secret(session: AsyncSession, widget_id: int, *, tokens: SecurityTokens) -> AddedWidget:
    """Give a widget another secret; what was signed with the old one is no longer believed. Raises `RecordUnknown`."""
    widget = await get_widget(session, widget_id)
    secret = new_identity_secret()
    widget.sealed_secret = tokens.seal_bytes(SECRET_PURPOSE, secret.encode())
    await session.flush()
    return AddedWidget(widget, secret)


async def remove_widget(session: AsyncSession, widget_id: int) -> None:
    """Delete a widget with its rules; answers stay. Raises `RecordUnknown`."""
    if not await queries.delete_widget(session, widget_id):
        raise RecordUnknown(f"There is no widget {widget_id}.")


def identity_secret(widget: Widget, tokens: SecurityTokens) -> str:
    """Return the secret with which the app signs its visitors."""
    return tokens.unseal_bytes(SECRET_PURPOSE, widget.sealed_secret).decode()


async def add_rule(session: AsyncSession, widget_id: int, new: NewDisplayRule, *, now: datetime) -> DisplayRule:
    """Add a display rule.

    Raises
    ------
    RecordUnknown, SurveyUnknown, SurveyNotLaunched
        There is no such widget, or no launched survey to show.
    RequestInvalid
        With every problem, among them a survey that is too long for a dialog.
    """
    await get_widget(session, widget_id)
    survey: LaunchedSurvey = await (await session.connection()).run_sync(get_launched, new.survey_id)
    problems = [*_rule_problems(new), *suitability_problems(survey)]
    if len(await queries.list_rules(session, widget_id)) >= MOST_RULES:
        problems.append(Problem(f"Widget {widget_id} has {MOST_RULES} rules.", "Remove one first."))
    if problems:
        raise RequestInvalid(problems)
    rule = DisplayRule(
        widget_id=widget_id,
        survey_id=survey.id,
        event=new.event,
        pages=list(new.pages),
        conditions={name: list(values) for name, values in new.conditions.items()},
        share=new.share,
        delay_s=new.delay_s,
        touchpoint=new.touchpoint,
        active=True,
        created_at=now,
    )
    session.add(rule)
    await session.flush()
    return rule


async def list_rules(session: AsyncSession, widget_id: int) -> Sequence[DisplayRule]:
    """Return the rules of a widget; raises `RecordUnknown`."""
    await get_widget(session, widget_id)
    return await queries.list_rules(session, widget_id)


async def switch_rule(session: AsyncSession, widget_id: int, rule_id: int, *, active: bool) -> DisplayRule:
    """Let a rule rest, or work again; raises `RecordUnknown`."""
    rule = await _get_rule(session, widget_id, rule_id)
    rule.active = active
    await session.flush()
    return rule


async def remove_rule(session: AsyncSession, widget_id: int, rule_id: int) -> None:
    """Delete a rule; raises `RecordUnknown`."""
    await session.delete(await _get_rule(session, widget_id, rule_id))


async def _get_rule(session: AsyncSession, widget_id: int, rule_id: int) -> DisplayRule:
    rule = await queries.find_rule(session, widget_id, rule_id)
    if rule is None:
        raise RecordUnknown(f"Widget {widget_id} has no rule {rule_id}.")
    return rule


def _origin_problems(origins: Sequence[str]) -> Iterator[Problem]:
    if not 1 <= len(origins) <= _MOST_ORIGINS:
        yield Problem(f"There are {len(origins)} origins.", f"Give 1 to {_MOST_ORIGINS}.", column="origins")
    for origin in origins:
        if len(origin) > LONGEST_NAME or _ORIGIN.fullmatch(origin) is None:
            yield Problem(
                f'"{origin[:60]}" is no origin.',
                "Write scheme and host in small letters and nothing behind, e.g. https://www.example.org.",
                column="origins",
            )


def _rule_problems(new: NewDisplayRule) -> Iterator[Problem]:
    yield from name_problems("event", new.event, column="event", longest=LONGEST_EVENT)
    if new.touchpoint is not None:
        yield from name_problems("touchpoint", new.touchpoint, column="touchpoint", longest=LONGEST_TOUCHPOINT)
    if len(new.pages) > _MOST_VALUES:
        yield Problem(f"There are {len(new.pages)} pages.", f"List at most {_MOST_VALUES}.", column="pages")
    for pattern in new.pages[:_MOST_VALUES]:
        yield from name_problems("pattern of a page", pattern, column="pages", longest=LONGEST_PATTERN)
        if not pattern.startswith(("/", "*")):
            yield Problem(f'"{pattern[:60]}" is no path.', "Begin it with / or *, e.g. /orders/*.", column="pages")
    yield from _condition_problems(new)
    if not (isfinite(new.share) and 0 < new.share <= 1):
        yield Problem("The share is not above 0 and at most 1.", "Give e.g. 0.25.", column="share")
    if not 0 <= new.delay_s <= LONGEST_DELAY_S:
        yield Problem("The delay is too long.", f"Give 0 to {LONGEST_DELAY_S:,} seconds.", column="delay_s")


def _condition_problems(new: NewDisplayRule) -> Iterator[Problem]:
    if len(new.conditions) > _MOST_VALUES:
        yield Problem(
            f"There are {len(new.conditions)} conditions.", f"Give at most {_MOST_VALUES}.", column="conditions"
        )
    for name, values in list(new.conditions.items())[:_MOST_VALUES]:
        yield from name_problems("name of an attribute", name, column="conditions")
        if not 1 <= len(values) <= _MOST_VALUES:
            fix = f"List 1 to {_MOST_VALUES}."
            yield Problem(f'"{name[:LONGEST_NAME]}" has {len(values)} values.', fix, column="conditions")
        for value in values[:_MOST_VALUES]:
            yield from name_problems("value", value, column="conditions")
