"""Where an open link is met, signed: nobody answers as another branch by changing an address.

A place belongs to one survey, so that the code of one poster opens no other survey.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from msgspec import Struct

from servq.errors import Problem, RequestInvalid, SignatureInvalid
from servq.security_tokens import SecurityTokens
from servq.surveys.models import Survey
from servq.surveys.names import name_problems

PLACE = "at"
"""Name of the signed parameter of an open link."""

LONGEST_TOUCHPOINT = 100
Use = Literal["place", "kiosk"]
"""What a place is signed for: the code of a poster opens no kiosk."""


class SignedPlace(Struct, frozen=True, kw_only=True):
    """The place of one survey; what is not known is None."""

    slug: str
    site: str | None = None
    touchpoint: str | None = None

    def sign(self, tokens: SecurityTokens, use: Use = "place") -> str:
        """Return it as the text of an address."""
        # Short names and nothing that is not known: every character makes the code of a poster finer.
        parts = {"s": self.slug, "p": self.site, "t": self.touchpoint}
        return tokens.sign(use, {name: value for name, value in parts.items() if value is not None})

    @classmethod
    def read(cls, tokens: SecurityTokens, text: str, use: Use = "place") -> SignedPlace:
        """Read a signed text; raises `SignatureInvalid`."""
        found = tokens.verify(use, text)
        site, touchpoint = found.get("p"), found.get("t")
        return cls(
            slug=str(found["s"]),
            site=None if site is None else str(site),
            touchpoint=None if touchpoint is None else str(touchpoint),
        )


def read_place_of(tokens: SecurityTokens, slug: str, text: str) -> SignedPlace:
    """Read the place of one survey; raises `SignatureInvalid`, also for the place of another survey."""
    place = SignedPlace.read(tokens, text)
    if place.slug != slug:
        raise SignatureInvalid("This link is incomplete or was changed. Open it exactly as it was sent.")
    return place


def places_of(survey: Survey, sites: Sequence[str], touchpoint: str | None) -> list[SignedPlace]:
    """Return a place per site, or one without a site when none is named.

    Raises
    ------
    RequestInvalid
        The survey has no such site, or nothing may be stored of a touchpoint.
    """
    problems = [
        Problem(
            f'Survey {survey.id} has no site "{site[:100]}".',
            f"It has: {', '.join(survey.sites)}." if survey.sites else "It has none.",
            column="site",
        )
        for site in sites
        if site not in survey.sites
    ]
    if touchpoint is not None:
        problems += name_problems("touchpoint", touchpoint, column="touchpoint", longest=LONGEST_TOUCHPOINT)
        if survey.anonymous:
            problems.append(
                Problem(
                    f"Survey {survey.id} is anonymous and stores no touchpoint.",
                    "Leave it out, or use a survey that is not anonymous.",
                    column="touchpoint",
                )
            )
    if problems:
        raise RequestInvalid(problems)
    return [SignedPlace(slug=survey.slug, site=site, touchpoint=touchpoint) for site in sites or (None,)]
