"""The addresses of a survey by place; pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from servq.errors import Problem, RequestInvalid
from servq.reporting.posters import Poster
from servq.security_tokens import SecurityTokens
from servq.surveys.launched import LaunchedSurvey
from servq.surveys.models import Survey
from servq.surveys.places import PLACE, SignedPlace, places_of
from servq.widgets.suitability import MOST_KIOSK_ITEMS, suitability_problems


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedLink:
    """One place of a survey: its open link with the signed place, and the address of a kiosk there."""

    place: SignedPlace
    url: str
    address: str
    kiosk: str

    def poster(self, survey: Survey) -> Poster:
        """Return the poster that hangs there."""
        return Poster(
            url=self.url,
            address=self.address,
            organisation=survey.organisation,
            title=survey.title,
            site=self.place.site or "",
            touchpoint=self.place.touchpoint or "",
        )


def placed_links(
    survey: Survey, sites: Sequence[str], touchpoint: str | None, *, address: str, tokens: SecurityTokens
) -> list[PlacedLink]:
    """Return a link per site, or one without a site when none is named; raises `RequestInvalid`."""
    open_link = f"{address}/o/{quote(survey.slug, safe='')}"
    return [
        PlacedLink(
            place=place,
            url=f"{open_link}?{urlencode({PLACE: place.sign(tokens)})}"
            if place.site or place.touchpoint
            else open_link,
            address=open_link.partition("://")[2],
            kiosk=f"{address}/k/{place.sign(tokens, 'kiosk')}",
        )
        for place in places_of(survey, sites, touchpoint)
    ]


def ensure_kiosk(survey: LaunchedSurvey) -> None:
    """Raise `RequestInvalid` unless a survey can be answered on a kiosk."""
    problems: list[Problem] = suitability_problems(survey, most_items=MOST_KIOSK_ITEMS)
    if problems:
        raise RequestInvalid(problems)
