"""Pages of surveys: the list, one survey, its set-up, trial, launch, fieldwork and end; and of studies."""

from __future__ import annotations

from collections.abc import Sequence

from litestar.types import ControllerRouterHandler

from servq.web.manage.surveys import (
    basics,
    channels,
    closing,
    contacts,
    fieldwork,
    launching,
    listing,
    mails,
    making,
    overview,
    questions,
    rules,
    schedule,
    studies,
    trials,
    wording,
)


def surveys_handlers() -> Sequence[ControllerRouterHandler]:
    """Return the handlers of these pages."""
    return (
        *listing.HANDLERS,
        *making.HANDLERS,
        *overview.HANDLERS,
        *basics.HANDLERS,
        *questions.HANDLERS,
        *wording.HANDLERS,
        *channels.HANDLERS,
        *contacts.HANDLERS,
        *mails.HANDLERS,
        *rules.HANDLERS,
        *schedule.HANDLERS,
        *trials.HANDLERS,
        *launching.HANDLERS,
        *closing.HANDLERS,
        *fieldwork.HANDLERS,
        *studies.HANDLERS,
    )
