"""The SQL about responses; what extraction reads stands in ``extraction_queries``.

Answering has its own statements, built once per database: one that says where a link stands, and one that inserts or
updates a response, checks that the survey is open, and returns what is stored, all in a single round trip.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    Executable,
    LargeBinary,
    Select,
    and_,
    bindparam,
    case,
    cast,
    delete,
    exists,
    false,
    func,
    insert,
    literal,
    null,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from servq.db import UtcDateTime, table_of
from servq.invitations.models import Disposition, Invitation
from servq.responses.models import LowScoreRule, Response, ResponseVersion
from servq.surveys.models import Channel, Survey, SurveySetup, SurveyStatus, Wave
from servq.webhooks.queries import listeners_exist

_SURVEY_STATE = (Survey.id.label("survey_id"), Survey.status, Survey.closes_at)
_RESPONSE_STATE = (
    Response.id.label("response_id"),
    Response.answers,
    Response.texts,
    Response.pages_done,
    Response.locale,
    Response.submitted_at,
)


class LinkState(NamedTuple):
    """Where a link stands, as stored; the response part is None when nothing was committed.

    `version` is that of the draft which a trial asks.
    """

    survey_id: int
    status: SurveyStatus
    closes_at: datetime | None
    expires_at: datetime | None
    used_at: datetime | None
    response_id: bytes | None
    answers: bytes | None
    texts: dict[str, str] | None
    pages_done: int | None
    locale: str | None
    submitted_at: datetime | None
    version: int


_PERSONAL_STATE = (
    select(*_SURVEY_STATE, Invitation.expires_at, Invitation.used_at, *_RESPONSE_STATE, literal(0))
    .join_from(Invitation, Survey, Invitation.survey_id == Survey.id)
    .join(Response, Response.key == bindparam("key", type_=LargeBinary()), isouter=True)
    .where(Invitation.digest == bindparam("digest", type_=LargeBinary()))
)
_OPEN_STATE = (
    select(
        *_SURVEY_STATE,
        cast(null(), UtcDateTime()).label("expires_at"),
        cast(null(), UtcDateTime()).label("used_at"),
        *_RESPONSE_STATE,
        literal(0),
    )
    .join_from(
        Survey,
        Response,
        (Response.survey_id == Survey.id) & (Response.key == bindparam("key", type_=LargeBinary())),
        isouter=True,
    )
    .where(Survey.slug == bindparam("slug"))
)
_TRIAL_STATE = (
    select(
        *_SURVEY_STATE,
        cast(null(), UtcDateTime()).label("expires_at"),
        cast(null(), UtcDateTime()).label("used_at"),
        *_RESPONSE_STATE,
        func.coalesce(SurveySetup.version, 0),
    )
    .select_from(Survey)
    .join(SurveySetup, SurveySetup.survey_id == Survey.id, isouter=True)
    .join(
        Response,
        (Response.survey_id == Survey.id) & (Response.key == bindparam("key", type_=LargeBinary())),
        isouter=True,
    )
    .where(Survey.id == bindparam("survey_id"))
)


def find_personal_state(connection: Connection, *, digest: bytes, key: bytes) -> LinkState | None:
    """Return where a personal link stands, or None if there is no such link."""
    row = connection.execute(_PERSONAL_STATE, {"digest": digest, "key": key}).one_or_none()
    return None if row is None else LinkState._make(row)


def find_open_state(connection: Connection, *, slug: str, key: bytes) -> LinkState | None:
    """Return where a sitting at an open link stands, or None if there is no such survey."""
    row = connection.execute(_OPEN_STATE, {"slug": slug, "key": key}).one_or_none()
    return None if row is None else LinkState._make(row)


def find_trial_state(connection: Connection, *, survey_id: int, key: bytes) -> LinkState | None:
    """Return where a trial stands, or None if there is no such survey."""
    row = connection.execute(_TRIAL_STATE, {"survey_id": survey_id, "key": key}).one_or_none()
    return None if row is None else LinkState._make(row)


class SaveKind(NamedTuple):
    """What shapes the statement that saves a page."""

    personal: bool
    anonymous: bool
    submit: bool
    comments: bool
    trial: bool = False

    @property
    def forgets_key(self) -> bool:
        """Whether submitting must leave nothing by which the link finds the response."""
        return self.personal and self.anonymous and self.submit


class SavedRow(NamedTuple):
    """What is stored after a page was saved; `is_watched` if somebody wants to know of submitted answers."""

    pages_done: int
    submitted_at: datetime | None
    key: bytes | None
    is_watched: bool = False

    @property
    def submitted(self) -> bool:
        """Whether the response is complete."""
        return self.submitted_at is not None


def save_page(connection: Connection, kind: SaveKind, values: Mapping[str, object]) -> SavedRow | None:
    """Insert a response or put one page into it.

    Returns None, having written nothing, when the survey is not open, the link is not good, or the response is
    submitted already.
    """
    row = connection.execute(_save_statement(connection.dialect.name, kind), values).one_or_none()
    return None if row is None else SavedRow._make(row)


def met_its_twin(error: IntegrityError) -> bool:
    """Whether `save_page` failed because another transaction was just inserting the response of the same link.

    PostgreSQL resolves the conflict on the key by itself, but may meet it on the invitation first.
    """
    return "uq_response_invitation_id" in str(error.orig)


_RESPONSES = table_of(Response)
_INVITATIONS = table_of(Invitation)
_SURVEYS = table_of(Survey)
_COLUMNS = _RESPONSES.c


@cache
def _save_statement(dialect: str, kind: SaveKind) -> Executable:
    bit = bindparam("bit", type_=_COLUMNS.pages_done.type)
    done = _COLUMNS.pages_done.bitwise_or(bit)
    new_insert: type[postgresql.Insert | sqlite.Insert] = (
        postgresql.Insert if dialect == "postgresql" else sqlite.Insert
    )
    statement = new_insert(_RESPONSES).from_select(*_new_row(kind))
    changed: dict[str, ColumnElement[Any]] = {
        "answers": _overlaid(dialect),
        "pages_done": done,
        "locale": _given("locale"),
        "updated_at": _given("updated_at"),
        "duration_s": case(
            (_COLUMNS.pages_done.bitwise_and(bit) == 0, _COLUMNS.duration_s + _given("duration_s")),
            else_=_COLUMNS.duration_s,
        ),
    }
    if kind.comments:
        changed["texts"] = _with_changed_texts(dialect)
    if kind.submit:
        required = bindparam("required", type_=_COLUMNS.pages_done.type)
        complete = done.bitwise_and(required) == required
        changed["submitted_at"] = case((complete, _given("updated_at")), else_=null())
        if kind.forgets_key:
            changed["key"] = case((complete, null()), else_=_COLUMNS.key)
            changed["seed"] = case((complete, literal(0)), else_=_COLUMNS.seed)
    return statement.on_conflict_do_update(
        index_elements=[_COLUMNS.key],
        set_=changed,
        where=_COLUMNS.submitted_at.is_(None),
        # The column itself: SQLite 3.40 returns true for "submitted_at IS NOT NULL" here, whatever is stored.
    ).returning(_COLUMNS.pages_done, _COLUMNS.submitted_at, _COLUMNS.key, _is_watched(kind))


def _is_watched(kind: SaveKind) -> ColumnElement[bool]:
    """Whether anybody is told of this response; asked within the statement that stores it, so it costs no other one."""
    if not kind.submit or kind.anonymous or kind.trial:
        return false()
    return or_(listeners_exist("survey_id"), exists().where(LowScoreRule.survey_id == bindparam("survey_id")))


def _new_row(kind: SaveKind) -> tuple[list[str], Select[Any]]:
    exact_now = bindparam("now", type_=UtcDateTime())
    newest_wave = (
        select(Wave.id).where(Wave.survey_id == Survey.id).order_by(Wave.number.desc()).limit(1).scalar_subquery()
    )
    row: dict[str, ColumnElement[Any]] = {
        "id": _given("id"),
        "survey_id": _SURVEYS.c.id,
        "wave_id": _INVITATIONS.c.wave_id if kind.personal else newest_wave,
        "invitation_id": _INVITATIONS.c.id
        if kind.personal and not kind.anonymous
        else cast(null(), _COLUMNS.invitation_id.type),
        "key": _given("key"),
        "revision": _given("revision") if kind.trial else _SURVEYS.c.revision,
        "trial": literal(kind.trial),
        "channel": _INVITATIONS.c.channel if kind.personal else _given("channel"),
        "administration": _given("administration"),
        "mode": _SURVEYS.c.sitting,
        "locale": _given("locale"),
        "seed": _given("seed"),
        "started_at": _given("updated_at"),
        "updated_at": _given("updated_at"),
        "submitted_at": _given("submitted_at"),
        "duration_s": _given("duration_s"),
        "pages_done": bindparam("bit", type_=_COLUMNS.pages_done.type),
        "answers": _given("answers"),
        "texts": _given("texts"),
        "attributes": _INVITATIONS.c.attributes if kind.personal else _given("attributes"),
    }
    is_asked: ColumnElement[bool] = Survey.status == SurveyStatus.LAUNCHED
    if kind.trial:
        as_read = exists().where(SurveySetup.survey_id == Survey.id, SurveySetup.version == bindparam("version"))
        is_asked = or_(is_asked, and_(Survey.status == SurveyStatus.DRAFT, as_read))
    source = select(*row.values()).where(
        Survey.id == bindparam("survey_id"),
        is_asked,
        or_(Survey.closes_at.is_(None), Survey.closes_at > exact_now),
    )
    if kind.personal:
        source = source.join_from(Survey, Invitation, Invitation.survey_id == Survey.id).where(
            Invitation.digest == bindparam("digest", type_=LargeBinary()),
            Invitation.used_at.is_(None),
            or_(Invitation.expires_at.is_(None), Invitation.expires_at > exact_now),
        )
    else:
        source = source.select_from(Survey)
    return list(row), source


def _given(name: str) -> ColumnElement[Any]:
    return bindparam(name, type_=_COLUMNS[name].type)


def _overlaid(dialect: str) -> ColumnElement[Any]:
    """Return the stored answers with the bytes of one page put in their place."""
    page = bindparam("page", type_=LargeBinary())
    if dialect == "postgresql":
        return func.overlay(_COLUMNS.answers, page, bindparam("start") + 1, type_=LargeBinary())
    before = func.substr(_COLUMNS.answers, 1, bindparam("start"))
    after = func.substr(_COLUMNS.answers, bindparam("start") + func.length(page) + 1)
    return cast(before.op("||")(page).op("||")(after), LargeBinary())


def _with_changed_texts(dialect: str) -> ColumnElement[Any]:
    """Return the stored texts with those of one page put in their place; null takes one away."""
    given = bindparam("changed_texts", type_=_COLUMNS.texts.type)
    if dialect == "postgresql":
        return func.jsonb_strip_nulls(_COLUMNS.texts.op("||")(given), type_=_COLUMNS.texts.type)
    return func.json_patch(_COLUMNS.texts, given, type_=_COLUMNS.texts.type)


def use_invitation(connection: Connection, *, digest: bytes, used_at: datetime) -> Channel | None:
    """Mark the answers of a personal link as submitted and return how it was sent; None if they were before."""
    return connection.execute(
        _USE_INVITATION, {"wanted": digest, "used_at": used_at, "disposition": Disposition.COMPLETE}
    ).scalar_one_or_none()


_USE_INVITATION = (
    update(_INVITATIONS)
    .where(Invitation.digest == bindparam("wanted", type_=LargeBinary()), Invitation.used_at.is_(None))
    .values(used_at=bindparam("used_at"), disposition=bindparam("disposition"))
    .returning(Invitation.channel)
)


def forget_key(connection: Connection, key: bytes) -> None:
    """Leave nothing by which the link with this key finds its response."""
    connection.execute(update(Response).where(Response.key == key).values(key=None, seed=0))


async def blank_keys(session: AsyncSession, survey_id: int) -> None:
    """Leave nothing by which a personal link finds a response of this survey."""
    await session.execute(
        update(Response)
        .where(Response.survey_id == survey_id, Response.channel.not_in((Channel.OPEN_LINK, Channel.KIOSK)))
        .values(key=None, seed=0)
    )


async def shuffle_rows(session: AsyncSession, survey_id: int) -> None:
    """Write the responses of a survey again, in the order of their random ids and in one transaction.

    PostgreSQL shows with each row where it lies and which transaction wrote it, and the invitation was marked as used
    by the same transaction. SQLite keeps neither: there the table lies in the order of its ids.
    """
    if session.get_bind().dialect.name != "postgresql":
        return
    taken = delete(_RESPONSES).where(_COLUMNS.survey_id == survey_id).returning(*_COLUMNS).cte("taken")
    await session.execute(
        insert(_RESPONSES).from_select(list(_COLUMNS.keys()), select(*taken.c).order_by(taken.c.id)).add_cte(taken)
    )


class SubmittedRow(NamedTuple):
    """A submitted response, locked until the transaction ends."""

    id: bytes
    answers: bytes
    texts: dict[str, str]
    pages_done: int
    submitted_at: datetime


def lock_submitted(connection: Connection, key: bytes) -> SubmittedRow | None:
    """Return the submitted response of a link, so that nobody else changes it meanwhile."""
    row = (
        connection.execute(
            select(Response.id, Response.answers, Response.texts, Response.pages_done, Response.submitted_at)
            .where(Response.key == key, Response.submitted_at.is_not(None))
            .with_for_update()
        )
    ).one_or_none()
    return None if row is None else SubmittedRow._make(row)


def replace_answers(
    connection: Connection,
    old: SubmittedRow,
    *,
    answers: bytes,
    texts: Mapping[str, str],
    pages_done: int,
    locale: str,
    now: datetime,
) -> None:
    """Change a submitted response and keep what it said before."""
    last = select(func.coalesce(func.max(ResponseVersion.number), 0) + 1).where(ResponseVersion.response_id == old.id)
    connection.execute(
        insert(ResponseVersion).values(
            response_id=old.id,
            number=last.scalar_subquery(),
            answers=old.answers,
            texts=old.texts,
            replaced_at=now,
        )
    )
    connection.execute(
        update(Response)
        .where(Response.id == old.id)
        .values(answers=answers, texts=dict(texts), pages_done=pages_done, locale=locale, updated_at=now)
    )


async def insert_responses(session: AsyncSession, rows: Sequence[Mapping[str, object]]) -> None:
    """Store many responses at once."""
    await session.execute(insert(Response), rows)


async def count_responses(
    session: AsyncSession, survey_ids: Collection[int] | None = None
) -> Sequence[tuple[int, int, int]]:
    """Return survey id, submitted responses and all responses, for every one of these surveys that has any.

    Trials do not count.
    """
    rows = await session.execute(
        select(Response.survey_id, func.count(Response.submitted_at), func.count())
        .where(Response.trial.is_(False), true() if survey_ids is None else Response.survey_id.in_(survey_ids))
        .group_by(Response.survey_id)
    )
    return [(survey_id, submitted, total) for survey_id, submitted, total in rows]
