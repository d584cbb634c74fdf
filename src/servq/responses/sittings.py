"""What the web layer calls for respondents: show where a link stands, store a page, say honestly whether it is saved.

One `Sittings` lives as long as the server process. `find` costs one SQL statement; `save` costs one, and a second
when it submits the answers of a personal link.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from sqlalchemy.ext.asyncio import AsyncEngine

from servq.responses.links import Link
from servq.surveys.launched import LaunchedSurvey
from servq.surveys.pages import Page


@dataclass(frozen=True, kw_only=True)
class Sitting:
    """Where one link stands.

    Parameters
    ----------
    codes
        Stored answer per column of the revision (`Missing` codes where there is none).
    texts
        Stored open texts by comment id.
    pages_done
        Bits of the committed pages; 0 when nothing is stored yet.
    locale
        Language of the stored answers, or None when nothing is stored yet.
    seed
        Seeds the order of shuffled items.
    submitted
        The answers are complete and stored.
    changeable
        `submitted`, and a page may still be saved over the stored one.
    """

    survey: LaunchedSurvey
    link: Link
    codes: tuple[int, ...]
    texts: Mapping[str, str]
    pages_done: int
    locale: str | None
    seed: int
    submitted: bool
    changeable: bool

    def is_done(self, page: Page) -> bool:
        """Whether the page was committed."""
        return bool(self.pages_done & page.bit)

    @property
    def next_page(self) -> Page | None:
        """First page that was not committed, or None."""
        return next((page for page in self.survey.pages if not self.is_done(page)), None)


@dataclass(frozen=True, kw_only=True)
class Saved:
    """Proof that a page is committed.

    `submitted` is False after a submit when a required page is still missing: `missing` names those pages.
    """

    pages_done: int
    submitted: bool
    missing: tuple[Page, ...]


class Sittings:
    """Answering, for one server process."""

    @classmethod
    @asynccontextmanager
    async def running(cls, engine: AsyncEngine) -> AsyncIterator[Self]:
        """Start the writer, and at the end wait until it has stored what it was given."""

    async def find(self, link: Link, *, now: datetime) -> Sitting:
        """Return where a link stands; nothing is written.

        Raises `LinkUnknown`, `LinkExpired`, `SurveyNotLaunched` or `SurveyClosed`; the last two and an expired link
        do not hide that answers were submitted.
        """

    async def save(
        self,
        link: Link,
        page_number: int,
        form: Mapping[str, str],
        *,
        locale: str,
        submit: bool,
        seconds: int = 0,
        attributes: Mapping[str, str] | None = None,
        now: datetime,
    ) -> Saved:
        """Store one page and return once it is committed; with `submit`, finish the response.

        Saving the same page again changes nothing, so a double click or a retry is harmless. A submitted response is
        changed only if the survey allows it and only by its personal link; what it said before is kept.

        Parameters
        ----------
        form
            Field → text, by `Instrument.column_name`; ``na`` for not applicable; ``comment_<id>`` for open texts.
        seconds
            Time the respondent spent on the page.
        attributes
            What is known of a respondent of an open link (kept only on the first page).

        Raises
        ------
        AnswersInvalid
            Every problem, `Problem.column` naming the field (or the battery); nothing was stored.
        LinkUnknown, LinkExpired, SurveyNotLaunched, SurveyClosed, AlreadyAnswered
            Nothing was stored.
        """
