"""What the pages of surveys call things; English, looked up in the catalogue ``surveys``."""

from __future__ import annotations

from collections.abc import Mapping

from servq.messages import Message
from servq.surveys.models import SittingMode, SurveyStatus

DOMAIN = "surveys"

STATUSES: Mapping[SurveyStatus, tuple[Message, str]] = {
    SurveyStatus.DRAFT: (Message("Draft"), "neutral"),
    SurveyStatus.LAUNCHED: (Message("Open"), "good"),
    SurveyStatus.CLOSED: (Message("Closed"), "accent"),
}
"""Name and tone of a status."""

SITTINGS: Mapping[SittingMode, Message] = {
    SittingMode.ONE_SITTING: Message("Everything at once"),
    SittingMode.BEFORE_AFTER: Message("One part before the service, the rest after it, by the same link"),
}
