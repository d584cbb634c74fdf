"""The codebook, coding, and the release of quotations."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.ext.asyncio import AsyncSession

from servq.comments import queries
from servq.comments.models import LONGEST_DESCRIPTION, LONGEST_LABEL, CommentCode, CommentCoding, CommentRelease
from servq.comments.quoting import digest_of, find_hidden, quoted
from servq.errors import AlreadyExists, Problem, RecordUnknown, RequestInvalid
from servq.messages import Message
from servq.responses.answers import decode
from servq.responses.feedback import FEEDBACK_TEXT
from servq.surveys.launched import LaunchedSurvey, get_launched

CommentKey = tuple[bytes, str]
"""A comment: id of its response, id of the question."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Coding:
    """What one person found in a comment."""

    account_id: int
    codes: frozenset[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Comment:
    """One comment with what was made of it.

    Parameters
    ----------
    on
        Day on which it was written (UTC).
    codings
        In the order of coding; only those of the words as they stand now.
    quotation
        What may be quoted; None where nothing was released, or the words have changed since.
    """

    response_id: bytes
    question: str
    text: str
    wave: int
    wave_name: str
    on: date
    site: str
    locale: str
    codings: tuple[Coding, ...] = ()
    quotation: str | None = None

    @property
    def key(self) -> CommentKey:
        """What it is known by."""
        return (self.response_id, self.question)

    def coding_of(self, account_id: int) -> Coding | None:
        """What this person found."""
        return next((one for one in self.codings if one.account_id == account_id), None)


async def list_comments(
    session: AsyncSession,
    survey_id: int,
    *,
    waves: Collection[int] | None = None,
    sites: Collection[str] | None = None,
) -> list[Comment]:
    """Return the comments of a survey that were asked in the end, the latest first.

    Raises `SurveyUnknown` or `SurveyNotLaunched`.
    """
    survey = await (await session.connection()).run_sync(get_launched, survey_id)
    rows = await queries.list_written(session, survey_id, waves=waves, sites=sites)
    codings: defaultdict[CommentKey, list[CommentCoding]] = defaultdict(list)
    for coding in await queries.list_codings(session, survey_id):
        codings[coding.response_id, coding.question].append(coding)
    releases = {
        (release.response_id, release.question): release
        for _, release in await queries.list_released(session, survey_id, sites=sites)
    }
    return [
        _comment(row, question, text, codings[row.id, question], releases.get((row.id, question)))
        for row, texts in zip(rows, _asked(survey, rows), strict=True)
        for question, text in texts.items()
    ]


async def latest_released(
    session: AsyncSession, survey_id: int, sites: Collection[str] | None, most: int
) -> list[Comment]:
    """Return the latest quotations of a survey, of some sites or of all."""
    survey = await (await session.connection()).run_sync(get_launched, survey_id)
    released = await queries.list_released(session, survey_id, sites=sites, most=most)
    asked = _asked(survey, [row for row, _ in released])
    found = (
        _comment(row, release.question, texts[release.question], (), release)
        for (row, release), texts in zip(released, asked, strict=True)
        if release.question in texts
    )
    return [comment for comment in found if comment.quotation is not None]


async def list_comments_of(session: AsyncSession, survey_id: int, response_id: bytes) -> list[str]:
    """Return what one respondent wrote, in the order asked; raises `SurveyUnknown` or `SurveyNotLaunched`."""
    survey = await (await session.connection()).run_sync(get_launched, survey_id)
    row = await queries.find_written(session, survey_id, response_id)
    return [] if row is None else list(next(iter(_asked(survey, [row]))).values())


async def list_codes(session: AsyncSession, survey_id: int) -> Sequence[CommentCode]:
    """Return the codebook of a survey."""
    return await queries.list_codes(session, survey_id)


async def put_code(
    session: AsyncSession,
    survey_id: int,
    *,
    code_id: int | None = None,
    label: str,
    description: str = "",
    dimension: str = "",
    now: datetime,
) -> CommentCode:
    """Add a code to the codebook, or change the one with this id.

    Raises `RequestInvalid`, `AlreadyExists`, `RecordUnknown`, `SurveyUnknown` or `SurveyNotLaunched`.
    """
    survey = await (await session.connection()).run_sync(get_launched, survey_id)
    label, description = " ".join(label.split()), description.strip()
    problems = []
    if not label:
        problems.append(Problem(Message("The code needs a name."), Message("Write one."), column="label"))
    for name, text, longest in (("label", label, LONGEST_LABEL), ("description", description, LONGEST_DESCRIPTION)):
        if len(text) > longest:
            fix = Message("Use at most {n} characters.", n=longest)
            problems.append(Problem(Message("This is too long."), fix, column=name))
    if dimension and dimension not in {one.id for one in survey.instrument.definition.dimensions}:
        problems.append(
            Problem(Message("The instrument has no such dimension."), Message("Choose one."), column="dimension")
        )
    if problems:
        raise RequestInvalid(problems)
    codes = await queries.list_codes(session, survey_id)
    if any(code.label.casefold() == label.casefold() and code.id != code_id for code in codes):
        raise AlreadyExists(Message("The codebook has a code “{label}” already.", label=label))
    if code_id is None:
        code = CommentCode(survey_id=survey_id, created_at=now)
        session.add(code)
    else:
        code = _code_among(codes, code_id)
    code.label, code.description, code.dimension = label, description, dimension
    await session.flush()
    return code


async def delete_code(session: AsyncSession, survey_id: int, code_id: int) -> int:
    """Take a code out of the codebook and off every comment; return from how many codings it went.

    Raises `RecordUnknown`.
    """
    code = _code_among(await queries.list_codes(session, survey_id), code_id)
    n_used = 0
    for coding in await queries.list_codings(session, survey_id):
        if code_id in coding.codes:
            coding.codes = [one for one in coding.codes if one != code_id]
            n_used += 1
    await session.delete(code)
    await session.flush()
    return n_used


async def code_comment(
    session: AsyncSession, survey_id: int, key: CommentKey, codes: Collection[int], *, account_id: int, now: datetime
) -> None:
    """Store what a person found in a comment, in place of what they found before.

    Raises `RecordUnknown` (no such comment or code).
    """
    comment = await get_comment(session, survey_id, key)
    known = {code.id for code in await queries.list_codes(session, survey_id)}
    for code_id in codes:
        if code_id not in known:
            raise RecordUnknown(f"The codebook of survey {survey_id} has no code {code_id}. Load the page again.")
    await session.merge(
        CommentCoding(
            response_id=comment.response_id,
            question=comment.question,
            account_id=account_id,
            codes=sorted(set(codes)),
            text_digest=digest_of(comment.text),
            coded_at=now,
        )
    )
    await session.flush()


async def release_quotation(
    session: AsyncSession, survey_id: int, key: CommentKey, quotation: str, *, account_id: int, now: datetime
) -> str:
    """Let a comment, or some of its words, be quoted; return the quotation.

    Raises `RecordUnknown` or `RequestInvalid` (words that are not the respondent's).
    """
    comment = await get_comment(session, survey_id, key)
    hidden = find_hidden(comment.text, quotation)
    await session.merge(
        CommentRelease(
            response_id=comment.response_id,
            question=comment.question,
            hidden=hidden,
            text_digest=digest_of(comment.text),
            account_id=account_id,
            released_at=now,
        )
    )
    await session.flush()
    return quoted(comment.text, hidden)


async def withdraw_quotation(session: AsyncSession, survey_id: int, key: CommentKey) -> None:
    """Let a comment be quoted no more; raises `RecordUnknown`."""
    comment = await get_comment(session, survey_id, key)
    if not await queries.delete_release(session, comment.response_id, comment.question):
        raise RecordUnknown("This comment is not released.")


async def get_comment(session: AsyncSession, survey_id: int, key: CommentKey) -> Comment:
    """Return one comment of a survey, with its codings; raises `RecordUnknown`."""
    response_id, question = key
    survey = await (await session.connection()).run_sync(get_launched, survey_id)
    row = await queries.find_written(session, survey_id, response_id)
    text = None if row is None else next(iter(_asked(survey, [row]))).get(question)
    if row is None or text is None:
        raise RecordUnknown("There is no such comment; it may have been changed or erased. Load the page again.")
    codings = await queries.list_codings_of(session, response_id, question)
    release = await session.get(CommentRelease, (response_id, question))
    return _comment(row, question, text, codings, release)


def _code_among(codes: Sequence[CommentCode], code_id: int) -> CommentCode:
    found = next((code for code in codes if code.id == code_id), None)
    if found is None:
        raise RecordUnknown(f"The codebook has no code {code_id}. Load the page again.")
    return found


def _asked(survey: LaunchedSurvey, rows: Sequence[queries.WrittenRow]) -> list[dict[str, str]]:
    """Texts of the comments that each respondent was asked in the end, and what came by the feedback form."""
    if not rows:
        return []
    codes = survey.rules.apply(decode([row.answers for row in rows], survey.n_columns))
    return [
        {
            question: text
            for question, text in {
                **survey.asked_texts(given.tolist(), row.texts),
                **{name: text for name, text in row.texts.items() if name == FEEDBACK_TEXT},
            }.items()
            if text.strip()
        }
        for row, given in zip(rows, codes, strict=True)
    ]


def _comment(
    row: queries.WrittenRow,
    question: str,
    text: str,
    codings: Sequence[CommentCoding],
    release: CommentRelease | None,
) -> Comment:
    digest = digest_of(text)
    return Comment(
        response_id=row.id,
        question=question,
        text=text,
        wave=row.wave,
        wave_name=row.wave_name,
        on=row.at.date(),
        site=row.attributes.get("site", ""),
        locale=row.locale,
        codings=tuple(
            Coding(account_id=one.account_id, codes=frozenset(one.codes))
            for one in codings
            if one.text_digest == digest
        ),
        quotation=quoted(text, release.hidden) if release is not None and release.text_digest == digest else None,
    )
