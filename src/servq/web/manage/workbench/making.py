"""From choices to what is shown. Pure."""

from __future__ import annotations

from servq.web.manage.workbench.choices import Choices, Show
from servq.web.manage.workbench.crosses import show_cross
from servq.web.manage.workbench.groups import show_groups
from servq.web.manage.workbench.offers import Offer
from servq.web.manage.workbench.plain import show_plain
from servq.web.manage.workbench.shares import show_shares
from servq.web.manage.workbench.shown import Desk, Shown
from servq.web.manage.workbench.trends import show_trend


def make_shown(offer: Offer, choices: Choices) -> Shown | None:
    """Answer settled choices, or None where too few respondents are left to show anything."""
    desk = Desk(offer, choices)
    if choices.show is Show.TREND:
        return show_trend(desk)
    if not offer.is_shown(choices):
        return None
    if choices.show is Show.CROSS and choices.across:
        return show_cross(desk)
    if choices.show is Show.SHARES:
        return show_shares(desk)
    return show_groups(desk) if choices.by else show_plain(desk)
