"""Which surveys fit into a dialog or onto a kiosk: few rated items, each of which can be shown by itself. Pure."""

from __future__ import annotations

from servq.errors import Problem
from servq.instruments.model import RatingBattery
from servq.surveys.launched import LaunchedSurvey
from servq.surveys.models import SittingMode

MOST_ITEMS = 10
"""Rated items of a survey that interrupts somebody in an app."""

MOST_KIOSK_ITEMS = 30
"""Rated items of a survey that somebody answers standing."""


def suitability_problems(survey: LaunchedSurvey, *, most_items: int = MOST_ITEMS) -> list[Problem]:
    """Return why a survey cannot be shown in a dialog of few rated items; nothing if it can."""
    problems = []
    if survey.n_columns > most_items:
        problems.append(
            Problem(
                f"Survey {survey.id} has {survey.n_columns} items, too many for this place.",
                f"Show one of at most {most_items}, such as nps, ces, csat or rater, and link to the long one.",
                column="survey_id",
            )
        )
    if not all(isinstance(block.battery, RatingBattery) for page in survey.pages for block in page.blocks):
        problems.append(
            Problem(
                f"Survey {survey.id} asks for more than ratings and comments.",
                "Show one that asks for nothing else, or link to its own page.",
                column="survey_id",
            )
        )
    if any(page.evidence for page in survey.pages):
        problems.append(
            Problem(f"Survey {survey.id} takes files.", "Link to its own page instead.", column="survey_id")
        )
    if survey.asks_consent:
        problems.append(
            Problem(f"Survey {survey.id} asks for consent.", "Link to its own page instead.", column="survey_id")
        )
    if survey.sitting is not SittingMode.ONE_SITTING:
        problems.append(
            Problem(
                f"Survey {survey.id} is answered in two parts.", "Link to its own page instead.", column="survey_id"
            )
        )
    return problems
