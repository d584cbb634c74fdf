"""What of a survey can be reported to somebody: kinds, waves, sites and languages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from servq.accounts.viewer import Viewer
from servq.analysis.site_beside import SITE
from servq.messages import Message
from servq.reporting.kinds import ReportKind, kinds_for
from servq.results.service import load_scored
from servq.surveys.launched import get_launched
from servq.surveys.models import Survey, Wave
from servq.surveys.service import list_waves
from servq.translation import Translator, languages_of

WHAT_FOR: dict[ReportKind, Message] = {
    "full": Message("Everything: summary, dimensions, items, sites, comments, fieldwork and the method."),
    "executive": Message("Two pages for who decides."),
    "pulse": Message("One question on one or two pages."),
    "mystery": Message("Visits and checklists by stage."),
    "site": Message("One site beside the rest of the organisation, on up to four pages."),
}
KIND_LABELS: dict[ReportKind, Message] = {
    "full": Message("Full report"),
    "executive": Message("Executive report"),
    "pulse": Message("Pulse report"),
    "mystery": Message("Mystery shopping report"),
    "site": Message("Site report"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What somebody may choose from for the report of a survey."""

    kinds: tuple[ReportKind, ...]
    waves: tuple[Wave, ...]
    sites: tuple[str, ...]
    locales: tuple[str, ...]


async def make_offer(session: AsyncSession, viewer: Viewer, survey: Survey) -> Offer:
    """Return what there is; site reports only where answers come from two sites or more."""
    launched = await (await session.connection()).run_sync(get_launched, survey.id)
    sites, all_sites = await _sites(session, viewer, survey)
    spoken = set(languages_of("report"))
    texts = [locale for locale in launched.instrument.texts if locale.split("-")[0] in spoken]
    kinds = kinds_for(launched.instrument.definition)
    return Offer(
        kinds=kinds if sites and len(all_sites) > 1 else tuple(kind for kind in kinds if kind != "site"),
        waves=tuple(sorted(await list_waves(session, survey.id), key=lambda wave: -wave.number)),
        sites=sites,
        locales=tuple(sorted(texts, key=lambda locale: (locale != survey.locale, locale))),
    )


async def _sites(session: AsyncSession, viewer: Viewer, survey: Survey) -> tuple[tuple[str, ...], Sequence[str]]:
    """Sites that somebody may see, and all of which there are answers."""
    scored = await load_scored(session, survey.id)
    known: set[str] = set()
    if SITE in scored.attributes:
        known = set(scored.select().attribute(SITE).labels) - {""}
    return tuple(sorted(name for name in known if viewer.sees(name))), sorted(known)


def language_names(locales: Sequence[str], t: Translator) -> tuple[tuple[str, str], ...]:
    """Pairs of a locale and its name in the reader's language."""
    from babel import Locale

    shown = Locale.parse(t.language)
    return tuple((one, str(Locale.parse(one.replace("-", "_")).get_display_name(shown) or one)) for one in locales)
