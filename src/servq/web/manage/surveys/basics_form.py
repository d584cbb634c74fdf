"""The form of what a researcher decides about a survey first: read, and turned into a `NewSurvey`. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from litestar.datastructures import FormMultiDict

from servq.instruments.model import Instrument
from servq.surveys.models import SittingMode, Survey
from servq.surveys.service import NewSurvey
from servq.web.manage.forms import text_of, texts_of
from servq.web.manage.surveys.frame import lines_of

PLACEHOLDER = "placeholder-"
OWN_PLACEHOLDER = "organisation"


@dataclass(frozen=True, slots=True, kw_only=True)
class BasicsForm:
    """What is typed; `other_sites` are names that the tree does not have, one on each line."""

    title: str = ""
    organisation: str = ""
    slug: str = ""
    locale: str = ""
    sites: tuple[str, ...] = ()
    other_sites: str = ""
    sitting: str = SittingMode.ONE_SITTING.value
    anonymous: bool = False
    allow_changes: bool = False
    comments: bool = True
    placeholders: dict[str, str] = field(default_factory=dict)


def placeholders_of(instrument: Instrument) -> tuple[str, ...]:
    """Return what else the wording leaves open besides who is measured."""
    return tuple(sorted(instrument.placeholders - {OWN_PLACEHOLDER}))


def asks_before_and_after(instrument: Instrument) -> bool:
    """Whether an instrument has something to ask before the service and something else after it."""
    return {"before", "after"} <= {battery.moment for battery in instrument.definition.batteries.values()}


def blank_form(instrument: Instrument, *, organisation: str) -> BasicsForm:
    """Return the form of a new survey."""
    return BasicsForm(
        organisation=organisation,
        locale=instrument.definition.locales[0],
        placeholders=dict.fromkeys(placeholders_of(instrument), ""),
    )


def form_of(survey: Survey, instrument: Instrument, tree: frozenset[str]) -> BasicsForm:
    """Return the form of a survey as it is stored; `tree` are the names of the sites that can be ticked."""
    return BasicsForm(
        title=survey.title,
        organisation=survey.organisation,
        slug=survey.slug,
        locale=survey.locale,
        sites=tuple(survey.sites),
        other_sites="\n".join(site for site in survey.sites if site not in tree),
        sitting=survey.sitting.value,
        anonymous=survey.anonymous,
        allow_changes=survey.allow_changes,
        comments=survey.comments,
        placeholders={name: survey.placeholders.get(name, "") for name in placeholders_of(instrument)},
    )


def read_basics(sent: FormMultiDict, instrument: Instrument) -> BasicsForm:
    """Read what was sent."""
    return BasicsForm(
        title=text_of(sent, "title").strip(),
        organisation=text_of(sent, "organisation").strip(),
        slug=text_of(sent, "slug").strip(),
        locale=text_of(sent, "locale"),
        sites=texts_of(sent, "sites"),
        other_sites=text_of(sent, "other_sites"),
        sitting=text_of(sent, "sitting"),
        anonymous=bool(text_of(sent, "anonymous")),
        allow_changes=bool(text_of(sent, "allow_changes")),
        comments=bool(text_of(sent, "comments")),
        placeholders={name: text_of(sent, f"{PLACEHOLDER}{name}").strip() for name in placeholders_of(instrument)},
    )


def new_survey_of(form: BasicsForm, instrument: Instrument, *, closes_at: datetime | None = None) -> NewSurvey:
    """Return what the services take; a placeholder that is left empty keeps the instrument's own words."""
    ticked = tuple(site for site in form.sites if site not in lines_of(form.other_sites))
    sittings = {each.value: each for each in SittingMode}
    return NewSurvey(
        instrument=instrument.id,
        title=form.title,
        organisation=form.organisation,
        slug=form.slug or None,
        placeholders={name: text for name, text in form.placeholders.items() if text},
        locale=form.locale or None,
        sites=(*ticked, *lines_of(form.other_sites)),
        sitting=sittings.get(form.sitting, SittingMode.ONE_SITTING),
        anonymous=form.anonymous,
        allow_changes=form.allow_changes,
        comments=form.comments,
        closes_at=closes_at,
    )
