"""What each respondent template is given: typed, complete, in one language, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Language:
    """A language on offer; `name` is written in that language itself."""

    code: str
    name: str
    direction: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What every respondent page shares.

    `carried` and `site` end the query of every address: language and site, or the site alone, named `site_name`. With
    `is_trial` every page says that its answers do not count.
    """

    title: str
    organisation: str
    language: Language
    languages: tuple[Language, ...]
    stylesheet: str
    carried: str
    site: str
    site_name: str = ""
    is_trial: bool = False


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
class EvidenceBox:
    """A file that goes with an answer; `stored` says what is stored already, or is empty."""

    field: str
    remove_field: str
    accepted: str
    hint: str
    required: bool
    stored: str
    error: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RatingRow:
    """One item: its field, its wording and the value chosen so far (empty if none)."""

    field: str
    number: int
    wording: str
    chosen: str
    error: str
    evidence: EvidenceBox | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RatingSection:
    """A battery rated item by item; title and instruction are empty where the page's heading says them."""

    kind: Literal["rating"] = "rating"
    title: str
    instruction: str
    scale: Scale
    rows: tuple[RatingRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PairedAnswer:
    """One of several answers to an item: the name of its battery above its points."""

    label: str
    scale: Scale
    row: RatingRow


@dataclass(frozen=True, slots=True, kw_only=True)
class PairedItem:
    """An item with all its answers; `wording` is empty where every battery words it differently."""

    number: int
    wording: str
    answers: tuple[PairedAnswer, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PairedSection:
    """Batteries over the same items, answered item by item side by side; `introductions` are title and instruction."""

    kind: Literal["paired"] = "paired"
    introductions: tuple[tuple[str, str], ...]
    items: tuple[PairedItem, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChoiceRow:
    """One item with its options."""

    field: str
    number: int
    wording: str
    options: tuple[Point, ...]
    chosen: str
    error: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChoiceSection:
    """A battery of items with options."""

    kind: Literal["choice"] = "choice"
    title: str
    instruction: str
    rows: tuple[ChoiceRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PointsRow:
    """One dimension that receives points, with what was typed so far."""

    field: str
    name: str
    description: str
    typed: str
    error: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PointsSection:
    """A constant sum of points."""

    kind: Literal["points"] = "points"
    title: str
    instruction: str
    total: int
    rows: tuple[PointsRow, ...]


Section = RatingSection | PairedSection | ChoiceSection | PointsSection


@dataclass(frozen=True, slots=True, kw_only=True)
class CommentBox:
    """An open question with what was typed so far; `form` is text, number, date or time."""

    field: str
    label: str
    form: str
    max_length: int
    required: bool
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
    """A page of questions.

    `number` counts for the respondent; `address_number` names the page in its address. `n_pages` is exact or, with
    `is_at_most`, the most that there can be. `carries_consent` says in the address that the respondent has agreed.
    """

    frame: Frame
    address_number: int
    number: int
    n_pages: int
    is_at_most: bool
    introduction: str
    heading: str
    instruction: str
    sections: tuple[Section, ...]
    points_script: str
    comments: tuple[CommentBox, ...]
    summary: ErrorSummary | None
    takes_files: bool
    carries_consent: bool
    has_previous: bool
    is_last: bool
    comes_back_later: bool
    has_honeypot: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class WelcomePage:
    """The first page; `goes_on_at` names the page behind its button.

    `consent` is what must be agreed to first, if anything, and `consent_error` what is wrong with that.
    """

    frame: Frame
    introduction: str
    consent: str
    consent_error: str
    n_questions: int
    is_at_most: bool
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
