"""How answers are written down, and the one place where they are read again.

One little-endian int16 per column of the frozen revision, in `Instrument.columns` order: the point chosen as given,
or a `Missing` code.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time

import numpy as np
from numpy.typing import NDArray

from servq.errors import AnswersInvalid, Problem
from servq.instruments.model import Comment, PointsBattery
from servq.messages import Message
from servq.scoring.answers import Missing
from servq.surveys.pages import Block, Page
from servq.surveys.routes import Route

NOT_APPLICABLE_VALUE = "na"
"""What a form sends when the respondent chose "not applicable"."""

COMMENT_PREFIX = "comment_"
"""A form field ``comment_<id>`` holds an open text."""

_STORED = np.dtype("<i2")
_INTEGER = re.compile(r"[+-]?[0-9]{1,4}", re.ASCII)
_NUMBER = re.compile(r"[+-]?[0-9]{1,12}([.,][0-9]{1,6})?", re.ASCII)
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_TIME = re.compile(r"[0-9]{2}:[0-9]{2}(:[0-9]{2})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class PageAnswers:
    """Valid answers to one page.

    Parameters
    ----------
    codes
        A code per column of the page; a column that is not asked keeps what is stored.
    texts
        What was entered, by the id of each comment asked; "" for nothing.
    lacking
        What the page needs before a response with it can be submitted.
    """

    codes: tuple[int, ...]
    texts: Mapping[str, str]
    lacking: tuple[Problem, ...] = ()


def encode(codes: Iterable[int]) -> bytes:
    """Write codes as stored."""
    return np.fromiter(codes, dtype=_STORED).tobytes()


def encode_rows(codes: NDArray[np.int16]) -> list[bytes]:
    """Write the codes of many responses, shape (n_responses, n_columns), as stored."""
    return [row.tobytes() for row in np.ascontiguousarray(codes, dtype=_STORED)]


def decode(stored: Sequence[bytes], n_columns: int) -> NDArray[np.int16]:
    """Read stored answers of many responses, shape (n_responses, n_columns)."""
    codes = np.frombuffer(b"".join(stored), dtype=_STORED)
    return codes.reshape(len(stored), n_columns).astype(np.int16)


def blank_codes(n_columns: int) -> tuple[int, ...]:
    """Return the codes of a response of which nothing has been shown yet."""
    return (int(Missing.NOT_SHOWN),) * n_columns


def blank(n_columns: int) -> bytes:
    """Return stored answers of which nothing has been shown yet."""
    return encode(blank_codes(n_columns))


def first_byte(page: Page) -> int:
    """Return where a page begins within stored answers."""
    return page.first * _STORED.itemsize


def merge(stored: bytes, page: Page, new: bytes) -> bytes:
    """Return stored answers with one page replaced."""
    start = first_byte(page)
    return stored[:start] + new + stored[start + len(new) :]


def merge_texts(stored: Mapping[str, str], new: Mapping[str, str]) -> dict[str, str]:
    """Return stored open texts with those of one page replaced; "" takes a text away."""
    return {comment: text for comment, text in {**stored, **new}.items() if text}


def read_page(page: Page, form: Mapping[str, str], route: Route, *, evidence: Collection[str] = ()) -> PageAnswers:
    """Check what a form sent for one page; keys are `Page.fields` and ``comment_<id>``.

    An item may be left blank (stored as skipped); a constant sum is either complete or blank. Fields that the route
    does not ask are not read.

    Parameters
    ----------
    evidence
        Fields for whose answers a file is stored or sent along.

    Raises
    ------
    AnswersInvalid
        With every problem; `Problem.column` is the name of the form field, or the battery.
    """
    problems: list[Problem] = []
    codes: list[int] = []
    blocks = route.blocks(page)
    for block in page.blocks:
        read = _read_block(block, form, route, problems)
        if block in blocks and not problems:
            problems.extend(_check_block(block, read, route))
            read = _fill_points(block, read)
        codes.extend(read)
    texts = {comment.id: _read_text(comment, form, problems) for comment in route.comments(page)}
    if problems:
        raise AnswersInvalid(problems)
    return PageAnswers(tuple(codes), texts, tuple(_find_lacking(page, route, codes, texts, evidence)))


def _read_block(block: Block, form: Mapping[str, str], route: Route, problems: list[Problem]) -> tuple[int, ...]:
    codes = []
    for position, name in enumerate(block.fields):
        if not route.asks_at(block.first + position):
            codes.append(route.codes[block.first + position])
            continue
        text = form.get(name, "")
        code = block.usual[position].get(text)
        codes.append(_read_code(block, position, text, problems) if code is None else code)
    return tuple(codes)


def _read_code(block: Block, position: int, text: str, problems: list[Problem]) -> int:
    name, points = block.fields[position], block.points[position]
    text = _western(text.strip()) if isinstance(block.battery, PointsBattery) else text.strip()
    if not text:
        return Missing.SKIPPED
    if text == NOT_APPLICABLE_VALUE:
        if block.not_applicable:
            return Missing.NOT_APPLICABLE
        problems.append(
            Problem(Message("This item has no “not applicable”."), fix=Message("Choose a point."), column=name)
        )
    elif not _INTEGER.fullmatch(text) or int(text) not in points:
        fix = Message("Choose a whole number from {low} to {high}.", low=points[0], high=points[-1])
        problems.append(Problem(Message("“{text}” is not on the scale.", text=text[:20]), fix=fix, column=name))
    else:
        return int(text)
    return Missing.SKIPPED


def _western(text: str) -> str:
    """Write digits of any script as 0 to 9: an Arabic or Hindi keyboard may have its own."""
    if text.isascii():
        return text
    return "".join(str(unicodedata.decimal(sign, sign)) for sign in text).replace("\u066b", ".")


def _check_block(block: Block, codes: Sequence[int], route: Route) -> Iterator[Problem]:
    if isinstance(block.battery, PointsBattery):
        points = [code for code in codes if code >= 0]
        if points and sum(points) != block.battery.total:
            yield Problem(
                Message("The points add up to {given}.", given=sum(points)),
                fix=Message("Spread exactly {total} points, or leave all of them blank.", total=block.battery.total),
                column=block.battery_id,
            )
    if block.is_distinct:
        for position, code in enumerate(codes):
            if code >= 0 and route.asks_at(block.first + position) and code in codes[:position]:
                yield Problem(
                    Message("You have chosen this above already."),
                    fix=Message("Choose something else here, or change your choice above."),
                    column=block.fields[position],
                )


def _fill_points(block: Block, codes: tuple[int, ...]) -> tuple[int, ...]:
    """Take a blank beside points that add up for the zero it means."""
    if isinstance(block.battery, PointsBattery) and any(code != Missing.SKIPPED for code in codes):
        return tuple(0 if code == Missing.SKIPPED else code for code in codes)
    return codes


def _find_lacking(
    page: Page, route: Route, codes: Sequence[int], texts: Mapping[str, str], evidence: Collection[str]
) -> Iterator[Problem]:
    required = [block for block in route.blocks(page) if block.required]
    if required and not any(_is_answered(block, page, route, codes) for block in required):
        yield Problem(
            Message("Nothing on this page is answered."),
            fix=Message("Answer at least one item."),
            column=required[0].battery_id,
        )
    for name, wanted in page.evidence.items():
        position = page.fields.index(name)
        answered = route.asks_at(page.first + position) and codes[position] >= 0
        if wanted.required and answered and name not in evidence:
            yield Problem(
                Message("This answer needs a photo or document."),
                fix=Message("Choose a file, or take back the answer."),
                column=name,
            )
    for comment in route.comments(page):
        if comment.required and not texts[comment.id]:
            yield Problem(
                Message("This is needed."), fix=Message("Please fill it in."), column=COMMENT_PREFIX + comment.id
            )


def _is_answered(block: Block, page: Page, route: Route, codes: Sequence[int]) -> bool:
    positions = range(block.first, block.first + len(block.columns))
    return any(codes[each - page.first] != Missing.SKIPPED and route.asks_at(each) for each in positions)


def _read_text(comment: Comment, form: Mapping[str, str], problems: list[Problem]) -> str:
    name = COMMENT_PREFIX + comment.id
    # NUL cannot be stored by PostgreSQL and means nothing in a comment.
    text = form.get(name, "").replace("\0", "").replace("\r\n", "\n").strip()
    if len(text) > comment.max_length:
        problems.append(
            Problem(
                Message("The text has {n} characters.", n=len(text)),
                fix=Message("Use at most {most}.", most=comment.max_length),
                column=name,
            )
        )
    if not text or comment.form == "text":
        return text
    value = _read_value(comment.form, _western(text))
    if value is None:
        problems.append(Problem(Message("This cannot be read."), fix=_FORM_FIXES[comment.form], column=name))
    return value or ""


_FORM_FIXES = {
    "number": Message("Enter a number such as 12 or 3.5."),
    "date": Message("Enter a date such as 2025-03-31 (year, month, day)."),
    "time": Message("Enter a time such as 14:30."),
}


def _read_value(form: str, text: str) -> str | None:
    """Write a number with a point, and a date and a time as ISO 8601 does; None if it is none."""
    pattern = {"number": _NUMBER, "date": _DATE, "time": _TIME}[form]
    if not pattern.fullmatch(text):
        return None
    try:
        if form == "date":
            return date.fromisoformat(text).isoformat()
        if form == "time":
            return time.fromisoformat(text).isoformat()[: len(text)]
    except ValueError:
        return None
    return text.replace(",", ".")
