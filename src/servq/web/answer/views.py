"""What each respondent template is given: typed, complete, in one language, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Language:
    """A language on offer; `name` is written in that language itself."""

    code: str
    name: str
    direction: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What every respondent page shares.

    `carried` and `site` end the query of every address: language and site, or the site alone.
    """

    title: str
    organisation: str
    language: Language
    languages: tuple[Language, ...]
    stylesheet: str
    carried: str
    site: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One point of a response scale: the stored value, what is seen, and what a screen reader adds to it."""

    value: str
    label: str
    announcement: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """The points of a battery.

    With `every_point_labelled` the anchors themselves are the labels and stand in a list;
    otherwise numbers stand in a row between the `low` and the `high` anchor.
    """

    points: tuple[Point, ...]
    low: str
    high: str
    not_applicable: str
    every_point_labelled: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RatingRow:
    """One item: its field, its wording and the value chosen so far (empty if none)."""

    field: str
    number: int
    wording: str
    chosen: str
    error: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PointsRow:
    """One dimension that receives points, with what was typed so far."""

    field: str
    name: str
    description: str
    typed: str
    error: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CommentBox:
    """An open question with what was typed so far."""

    field: str
    label: str
    max_length: int
    typed: str
    error: str


@dataclass(frozen=True, slots=True)
class SummaryLine:
    """One line of the error summary, leading to the field at fault."""

    field: str
    text: str


@dataclass(frozen=True, slots=True)
class ErrorSummary:
    """What keeps a page from being saved, and how much more than listed; with `can_skip` blanks may stay."""

    heading: str
    lines: tuple[SummaryLine, ...]
    n_more: int = 0
    can_skip: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionPage:
    """A page of questions; `rows` or `points` is empty.

    `number` counts for the respondent; `address_number` names the page in its address.
    """

    frame: Frame
    address_number: int
    number: int
    n_pages: int
    introduction: str
    heading: str
    instruction: str
    scale: Scale | None
    rows: tuple[RatingRow, ...]
    points: tuple[PointsRow, ...]
    points_total: int
    points_script: str
    comments: tuple[CommentBox, ...]
    summary: ErrorSummary | None
    has_previous: bool
    is_last: bool
    comes_back_later: bool
    has_honeypot: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class WelcomePage:
    """The first page; `goes_on_at` names the page behind its button."""

    frame: Frame
    introduction: str
    n_questions: int
    minutes: int
    anonymous: bool
    is_resumed: bool
    goes_on_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedPage:
    """The last page, rendered only from what the database has committed."""

    frame: Frame
    thanks: str
    can_change: bool
    comes_back_later: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticePage:
    """A page that says why there is nothing to answer, and whether anything was saved."""

    frame: Frame
    heading: str
    explanation: str
    saved: str
    can_retry: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OptOutPage:
    """Where mails to an address are ended; `address` is shown so that only its owner recognises it."""

    frame: Frame
    address: str
    is_done: bool
