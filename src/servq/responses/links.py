"""The kinds of link by which a respondent comes, and the one by which a survey is tried out."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from servq.invitations.tokens import (
    invitation_digest,
    open_response_key,
    personal_response_key,
    trial_response_key,
)
from servq.responses.models import Administration
from servq.surveys.models import Channel


@dataclass(frozen=True)
class PersonalLink:
    """``/s/<token>``: one person, one response."""

    token: str

    @cached_property
    def digest(self) -> bytes:
        """What finds the invitation."""
        return invitation_digest(self.token)

    @cached_property
    def key(self) -> bytes:
        """What finds the response."""
        return personal_response_key(self.token)

    @property
    def channel(self) -> Channel:
        """How the respondent came."""
        return Channel.PERSONAL_LINK

    @property
    def administration(self) -> Administration:
        """Respondents fill it in themselves."""
        return Administration.SELF


@dataclass(frozen=True)
class OpenLink:
    """``/o/<slug>/<token>``: anyone; the token is drawn when the first page is shown and names the sitting.

    `site` is the branch that the address carried (``?site=``); it counts only if the survey knows it. `touchpoint` is
    where the link was met; only a place that this installation has signed has one, and `place` is then that signed
    text, which every address of the sitting carries on.
    """

    slug: str
    token: str
    site: str | None = None
    touchpoint: str | None = None
    place: str = ""
    channel: Channel = Channel.OPEN_LINK
    administration: Administration = Administration.SELF

    @cached_property
    def key(self) -> bytes:
        """What finds the response."""
        return open_response_key(self.token)


@dataclass(frozen=True)
class TrialLink:
    """``/t/<signed>/<token>``: whoever tries a survey out, also before it is launched; the answers never count."""

    survey_id: int
    token: str

    @cached_property
    def key(self) -> bytes:
        """What finds the response."""
        return trial_response_key(self.token)

    @property
    def channel(self) -> Channel:
        """How the respondent would have come."""
        return Channel.OPEN_LINK

    @property
    def administration(self) -> Administration:
        """Respondents fill it in themselves."""
        return Administration.SELF


Link = PersonalLink | OpenLink | TrialLink


def seed_of(link: Link) -> int:
    """Return the seed of shuffled items: known before anything is stored, and the same whenever the link is used."""
    return int.from_bytes(link.key[:4], "big") >> 1
