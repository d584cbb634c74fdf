"""Who looks at a page, and what of the organisation they may see."""

from __future__ import annotations

from dataclasses import dataclass

from servq.accounts.models import Right, Role, Theme

__all__ = ["Right", "Role", "Viewer"]

TEAM_ATTRIBUTES = ("team", "agent")
"""Attributes that name a group of employees, or one of them: people at work, whose scores have a right of their own."""


@dataclass(frozen=True, slots=True)
class Viewer:
    """A person who is signed in.

    Parameters
    ----------
    locale, time_zone
        How pages are written for them.
    sites
        Names of the sites they may see, with everything below each; None for all.
    rights
        What a manager may do besides reading results.
    """

    account_id: int
    email: str
    name: str
    role: Role
    locale: str
    time_zone: str
    sites: frozenset[str] | None
    rights: frozenset[Right]
    theme: Theme = Theme.SYSTEM

    @property
    def may_manage(self) -> bool:
        """Whether they define and run surveys."""
        return self.role in {Role.ADMIN, Role.RESEARCHER}

    @property
    def is_admin(self) -> bool:
        """Whether they decide on people, sites and keys."""
        return self.role is Role.ADMIN

    @property
    def called(self) -> str:
        """What pages call them."""
        return self.name or self.email

    def sees(self, site: str) -> bool:
        """Whether they may see what was answered at a site; "" is what was answered at none."""
        return self.sites is None or site in self.sites

    @property
    def not_compared(self) -> tuple[str, ...]:
        """Attributes by whose groups they may not see scores."""
        return () if self.may(Right.TEAMS) else TEAM_ATTRIBUTES

    def may(self, right: Right) -> bool:
        """Whether they may do something that not every manager may."""
        return self.may_manage or right in self.rights
