"""How answers are written down, and the one place where they are read again.

One little-endian int16 per column of the frozen revision, in `Instrument.columns` order: the point chosen as given,
or a `Missing` code.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from servq.errors import AnswersInvalid, Problem
from servq.instruments.model import PointsBattery, ResponseScale
from servq.messages import Message
from servq.scoring.answers import Missing
from servq.surveys.pages import Page

NOT_APPLICABLE_VALUE = "na"
"""What a form sends when the respondent chose "not applicable"."""

COMMENT_PREFIX = "comment_"
"""A form field ``comment_<id>`` holds an open text."""

_STORED = np.dtype("<i2")
_INTEGER = re.compile(r"[+-]?[0-9]{1,4}", re.ASCII)


@dataclass(frozen=True, slots=True)
class PageAnswers:
    """Valid answers to one page: a code per column, and the open texts that are not empty."""

    codes: tuple[int, ...]
    texts: Mapping[str, str]

    @property
    def n_answered(self) -> int:
        """Columns with a point or with "not applicable"."""
        return sum(code != Missing.SKIPPED for code in self.codes)


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


def blank(n_columns: int) -> bytes:
    """Return stored answers of which nothing has been shown yet."""
    return encode([Missing.NOT_SHOWN] * n_columns)


def first_byte(page: Page) -> int:
    """Return where a page begins within stored answers."""
    return page.first * _STORED.itemsize


def merge(stored: bytes, page: Page, new: bytes) -> bytes:
    """Return stored answers with one page replaced."""
    start = first_byte(page)
    return stored[:start] + new + stored[start + len(new) :]


def read_page(page: Page, form: Mapping[str, str]) -> PageAnswers:
    """Check what a form sent for one page; keys are `Page.fields` and ``comment_<id>``.

    An item may be left blank (stored as skipped); a page that the instrument requires may not be wholly blank, and a
    constant sum is either complete or blank.

    Raises
    ------
    AnswersInvalid
        With every problem; `Problem.column` is the name of the form field.
    """
    problems: list[Problem] = []
    codes = tuple(_read_code(name, form.get(name, ""), page.scale, problems) for name in page.fields)
    if not problems:
        problems.extend(_check_page(page, codes))
        codes = _fill_points(page, codes)
    texts = dict(_read_texts(page, form, problems))
    if problems:
        raise AnswersInvalid(problems)
    return PageAnswers(codes, texts)


def _read_code(name: str, text: str, scale: ResponseScale, problems: list[Problem]) -> int:
    text = text.strip()
    if not text:
        return Missing.SKIPPED
    if text == NOT_APPLICABLE_VALUE:
        if scale.not_applicable:
            return Missing.NOT_APPLICABLE
        problems.append(
            Problem(Message("This item has no “not applicable”."), fix=Message("Choose a point."), column=name)
        )
    elif not _INTEGER.fullmatch(text) or int(text) not in scale.points:
        fix = Message("Choose a whole number from {low} to {high}.", low=scale.low, high=scale.high)
        problems.append(Problem(Message("“{text}” is not on the scale.", text=text[:20]), fix=fix, column=name))
    else:
        return int(text)
    return Missing.SKIPPED


def _check_page(page: Page, codes: Sequence[int]) -> Iterator[Problem]:
    answered = [code for code in codes if code != Missing.SKIPPED]
    if isinstance(page.battery, PointsBattery):
        given = sum(answered)
        if answered and given != page.battery.total:
            yield Problem(
                Message("The points add up to {given}.", given=given),
                fix=Message("Spread exactly {total} points, or leave all of them blank.", total=page.battery.total),
                column=page.battery_id,
            )
    if page.required and not answered:
        yield Problem(
            Message("Nothing on this page is answered."),
            fix=Message("Answer at least one item."),
            column=page.battery_id,
        )


def _fill_points(page: Page, codes: tuple[int, ...]) -> tuple[int, ...]:
    """Take a blank beside points that add up for the zero it means."""
    if isinstance(page.battery, PointsBattery) and any(code != Missing.SKIPPED for code in codes):
        return tuple(0 if code == Missing.SKIPPED else code for code in codes)
    return codes


def _read_texts(page: Page, form: Mapping[str, str], problems: list[Problem]) -> Iterator[tuple[str, str]]:
    for comment in page.comments:
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
        elif text:
            yield comment.id, text
