"""Who may compare whom: teams and agents are people at work, so their scores have a right of their own."""

from __future__ import annotations

from servq.accounts.viewer import TEAM_ATTRIBUTES, Viewer

__all__ = ["TEAM_ATTRIBUTES", "may_compare"]


def may_compare(viewer: Viewer, attribute: str) -> bool:
    """Whether somebody may see scores by the groups of an attribute, filter by it or export it."""
    return attribute not in viewer.not_compared
