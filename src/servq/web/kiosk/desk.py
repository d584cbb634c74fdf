"""What a kiosk shows and what it stores; it knows neither the web framework nor SQL."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from servq.errors import LinkUnknown, SurveyClosed
from servq.invitations.tokens import new_token
from servq.responses.links import OpenLink
from servq.responses.sittings import Sittings
from servq.security_tokens import SecurityTokens
from servq.surveys.launched import LaunchedSurvey
from servq.surveys.models import Channel
from servq.surveys.places import SignedPlace
from servq.translation import Translator, translator
from servq.web.answer.editions import Edition
from servq.web.answer.languages import choose_locale
from servq.web.answer.views import Frame
from servq.web.assets import KIOSK_SCRIPT, KIOSK_STYLESHEET
from servq.web.limits import Limits, TokenBuckets
from servq.web.widget.forms import Form, survey_form
from servq.widgets.suitability import MOST_KIOSK_ITEMS, suitability_problems

LONGEST_WAIT = timedelta(days=60)
"""Answers may wait on a device so long and still count for the time at which they were given."""

ANSWERS_PER_REFILL = 1200
"""Answers that one kiosk may send at once after a long time without a network, and again every ten minutes."""


class KioskAnswers(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Answers that a kiosk sends, perhaps long after they were given; `token` names them."""

    token: str
    answers: dict[str, str]
    lang: Annotated[str, Meta(max_length=40)] = ""
    seconds: Annotated[int, Meta(ge=0, le=2**31 - 1)] = 0
    age_s: Annotated[int, Meta(ge=0, le=2**31 - 1)] = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class KioskPage:
    """The page of a kiosk; `forms` holds the survey in every language as JSON."""

    frame: Frame
    stylesheet: str
    script: str
    forms: str


class KioskDesk:
    """Serves kiosks; one per server process."""

    def __init__(
        self, sittings: Sittings, tokens: Callable[[], SecurityTokens], limits: Limits, *, now: Callable[[], datetime]
    ) -> None:
        self._sittings = sittings
        self._tokens = tokens
        self._now = now
        self._answers = TokenBuckets(ANSWERS_PER_REFILL, limits.refill_s)

    async def show(self, place_text: str, *, lang: str, accepted: str) -> KioskPage:
        """Return the page.

        Raises
        ------
        SignatureInvalid, LinkUnknown, SurveyNotLaunched, SurveyClosed
            There is nothing to show.
        """
        place = SignedPlace.read(self._tokens(), place_text, "kiosk")
        sitting = await self._sittings.find(OpenLink(place.slug, new_token()), now=self._now())
        survey = sitting.survey
        if not sitting.changeable:
            raise SurveyClosed("This survey is closed. It takes no more answers.")
        if suitability_problems(survey, most_items=MOST_KIOSK_ITEMS):
            raise LinkUnknown("This survey cannot be shown on a kiosk.")
        first = choose_locale(survey.locales, asked=lang, stored=None, accepted=accepted)
        order = [first, *(locale for locale in survey.locales if locale != first)]
        forms = [_form(survey, locale) for locale in order]
        edition = Edition(survey, first)
        return KioskPage(
            frame=edition.frame,
            stylesheet=KIOSK_STYLESHEET.path,
            script=KIOSK_SCRIPT.path,
            # Within a page "</script>" would end it, wherever it stands.
            forms=msgspec.json.encode(forms).decode().replace("<", "\\u003c"),
        )

    async def store(self, place_text: str, given: KioskAnswers) -> None:
        """Store answers once, however often they come.

        Raises
        ------
        AnswersInvalid, SignatureInvalid, LinkUnknown, SurveyNotLaunched, SurveyClosed, AlreadyAnswered, TooManyRequests
            Nothing was stored.
        """
        place = SignedPlace.read(self._tokens(), place_text, "kiosk")
        self._answers.take(place_text)
        link = OpenLink(place.slug, given.token, site=place.site, touchpoint=place.touchpoint, channel=Channel.KIOSK)
        survey = await self._sittings.survey_of(link)
        await self._sittings.submit_whole(
            link,
            given.answers,
            locale=choose_locale(survey.locales, asked=given.lang, stored=None, accepted=""),
            seconds=given.seconds,
            now=self._now() - min(timedelta(seconds=given.age_s), LONGEST_WAIT),
        )


def _form(survey: LaunchedSurvey, locale: str) -> Form:
    return survey_form(Edition(survey, locale), kiosk_words(translator(locale, "widget")))


def kiosk_words(say: Translator) -> dict[str, str]:
    """Return what the kiosk itself says; the script fills in the numbers."""
    return {
        "next": say("Next"),
        "back": say("Back"),
        "skip": say("Skip"),
        "send": say("Send"),
        "optional": say("optional"),
        "language": say("Language"),
        "thanks": say("Thank you"),
        "saved": say("Your answer is saved."),
        "kept": say("Your answer is kept on this device and sent as soon as there is a connection."),
        "refused": say("Your answer could not be saved."),
        "progress": say("Question {n} of {total}", n="{n}", total="{total}"),
        "waiting": say("Waiting to be sent: {n}", n="{n}"),
        "lost": say("Not stored: {n}", n="{n}"),
        "there": say("Are you still there?"),
        "again": say("The page starts again in {n} seconds.", n="{n}"),
        "continue": say("Continue"),
    }
