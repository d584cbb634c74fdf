"""What a mail says and to whom, before it is worded; pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from servq.instruments.model import RatingBattery
from servq.surveys.launched import LaunchedSurvey

Kind = Literal["invitation", "reminder", "thank_you", "alert"]
KINDS: tuple[Kind, ...] = get_args(Kind)

MOST_POINTS = 11
"""More points do not fit a row of a phone."""


@dataclass(frozen=True, slots=True)
class ScalePoint:
    """One point that can be chosen in the mail; `announcement` is what a screen reader says."""

    value: int
    label: str
    announcement: str
    link: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstQuestion:
    """The one item of a survey, answered by a click in the mail and confirmed on the page."""

    wording: str
    points: tuple[ScalePoint, ...]
    low: str
    high: str
    every_point_labelled: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """Everything a template may say.

    Parameters
    ----------
    name
        Of the person, "" if it is not known.
    attributes
        What else is known of the person.
    link
        The personal link; "" in an alert that names none.
    opt_out
        Address of the page where these mails are ended; "" for people of the organisation.
    """

    kind: Kind
    number: int
    locale: str
    name: str
    attributes: Mapping[str, str]
    organisation: str
    title: str
    anonymous: bool
    link: str
    opt_out: str
    question: FirstQuestion | None = None
    headline: str = ""
    detail: str = ""


def letter_locale(survey: LaunchedSurvey, wanted: str) -> str:
    """Return the language of a mail: the wanted one if the survey is asked in it."""
    exact = {locale.lower(): locale for locale in survey.locales}
    by_language = {locale.lower().split("-")[0]: locale for locale in reversed(survey.locales)}
    tag = wanted.replace("_", "-").lower()
    return exact.get(tag) or by_language.get(tag.split("-")[0]) or survey.locale


def first_question(survey: LaunchedSurvey, locale: str, link: str) -> FirstQuestion | None:
    """Return the question that a mail can ask itself: there is one, it is rated, and its points fit a phone."""
    if survey.n_columns != 1:
        return None
    (block,) = survey.pages[0].blocks
    if not isinstance(block.battery, RatingBattery) or len(block.points[0]) > MOST_POINTS:
        return None
    scale = survey.instrument.scale_of(block.battery_id)
    words = survey.instrument.texts_in(locale).scales[block.battery.scale]
    labelled = all(point in words.anchors for point in scale.points)
    low, high = words.anchors.get(scale.low, ""), words.anchors.get(scale.high, "")
    return FirstQuestion(
        wording=survey.instrument.wording(block.columns[0], locale, dict(survey.placeholders)),
        points=tuple(
            ScalePoint(
                value=point,
                label=words.anchors[point] if labelled else str(point),
                announcement=words.anchors.get(point, ""),
                link=f"{link}?score={point}&lang={locale}",
            )
            for point in scale.points
        ),
        low="" if labelled else low,
        high="" if labelled else high,
        every_point_labelled=labelled,
    )
