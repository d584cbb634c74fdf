"""Every page of the workplace that tests walk over: who may see it, and what of it is seeded.

Each area appends its pages, and a seed where a page needs more than the installation has.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from workplace.data_seeds import seed_data
from workplace.library import OWN_TITLE, seed_library
from workplace.managing import seed_results
from workplace.setting_up import seed_setting_up
from workplace.voice import CASTLE, seed_voice

Seed = Callable[[AsyncSession, Mapping[str, str], datetime], Awaitable[Mapping[str, str]]]
"""Stores what an area needs and returns what fills its addresses."""


@dataclass(frozen=True)
class PageCase:
    """One page that is shown by GET.

    Parameters
    ----------
    path
        Its address, with places in braces: ``/manage/surveys/{survey}/results``.
    role
        The least who may see it: "", "manager", "researcher" or "admin".
    leaks
        What the manager of the region North must not read there, besides the names of the sites in the South.
    of_south
        Whether it is about the South alone, so that the manager of the North gets nothing but a 404.
    """

    path: str
    role: str = "manager"
    leaks: tuple[str, ...] = ()
    of_south: bool = False


PEOPLE_PAGES = (
    PageCase("/sign-in", role=""),
    PageCase("/reset", role=""),
    PageCase("/manage"),
    PageCase("/manage/account"),
    PageCase("/manage/account/second-factor"),
    PageCase("/manage/people", role="admin"),
    PageCase("/manage/people/new", role="admin"),
    PageCase("/manage/people/{south_account}", role="admin"),
    PageCase("/manage/sites", role="admin"),
    PageCase("/manage/sites/{south_site}", role="admin"),
    PageCase("/manage/keys", role="admin"),
    PageCase("/manage/audit?text=example", role="admin"),
)

VOICE_PAGES = (
    PageCase("/manage/comments?survey={survey}", leaks=(CASTLE,)),
    PageCase("/manage/surveys/{survey}/codebook?edit={comment_code}", role="researcher"),
    PageCase("/manage/follow-ups", leaks=(CASTLE,)),
    PageCase("/manage/follow-ups/{follow_up}"),
    PageCase("/manage/follow-ups/{south_follow_up}", of_south=True),
)

RESULT_PAGES = (
    PageCase("/manage?survey={survey}"),
    PageCase("/manage?survey={south_survey}", of_south=True),
    PageCase("/manage/surveys/{survey}/results"),
    PageCase("/manage/surveys/{survey}/results/sites"),
    PageCase("/manage/surveys/{survey}/results/trend"),
    PageCase("/manage/surveys/{survey}/results/gaps?wave=1"),
    PageCase("/manage/surveys/{survey}/results/priorities"),
    PageCase("/manage/surveys/{survey}/results/journey"),
    PageCase("/manage/surveys/{survey}/results/teams", role="researcher"),
    PageCase("/manage/surveys/{south_survey}/results", of_south=True),
    PageCase("/manage/targets?survey={survey}"),
    PageCase("/manage/targets?survey={south_survey}", of_south=True),
    PageCase("/manage/benchmarks?survey={survey}"),
)

REPORT_PAGES = (
    PageCase("/manage/reports"),
    PageCase("/manage/surveys/{survey}/report"),
    PageCase("/manage/surveys/{survey}/report?kind=site"),
    PageCase("/manage/surveys/{south_survey}/report", of_south=True),
    PageCase("/manage/schedules"),
    PageCase("/manage/reports/style?accent=%23ffcc00", role="admin"),
)

WORKBENCH_PAGES = (
    PageCase("/manage/surveys/{survey}/workbench?by=site"),
    PageCase("/manage/surveys/{survey}/workbench?show=cross&by=site&x=wave"),
    PageCase("/manage/surveys/{survey}/workbench?m=items&v=perception&show=table"),
    PageCase("/manage/surveys/{south_survey}/workbench", of_south=True),
)

LIBRARY_PAGES = tuple(
    PageCase(path, role="researcher", leaks=(OWN_TITLE,))
    for path in (
        "/manage/instruments?field=education&q=items",
        "/manage/instruments/{own_instrument}",
        "/manage/instruments/servqual/preview?width=desktop&language=ar",
        "/manage/drafts",
        "/manage/drafts/new?from=servqual",
        "/manage/drafts/{draft}",
        "/manage/drafts/{empty_draft}/edit/items",
        "/manage/drafts/{draft}/edit/batteries?languages=en,ar",
        "/manage/drafts/{draft}/conflicts",
        "/manage/drafts/{draft}/versions",
    )
)

DATA_PAGES = tuple(
    PageCase(path, role="researcher")
    for path in (
        "/manage/surveys/{survey}/responses?order=oldest",
        "/manage/surveys/{careless_survey}/responses",
        "/manage/surveys/{careless_survey}/responses?flag=several",
        "/manage/surveys/{careless_survey}/responses/{careless_response}",
        "/manage/surveys/{careless_survey}/responses/{excluded_response}",
        "/manage/surveys/{careless_survey}/import",
        "/manage/surveys/{survey}/export",
    )
)

SURVEY_PAGES = (
    PageCase("/manage/surveys/{survey}"),
    PageCase("/manage/surveys/{south_survey}", of_south=True),
    PageCase("/manage/surveys/{survey}/fieldwork"),
    PageCase("/manage/surveys/{survey}/fieldwork?wave=1"),
    PageCase("/manage/surveys/{south_survey}/fieldwork", of_south=True),
    *(
        PageCase(path, role="researcher")
        for path in (
            "/manage/surveys?q=a",
            "/manage/surveys?status=closed",
            "/manage/surveys/new?q=serv",
            "/manage/surveys/new?instrument=servqual",
            "/manage/surveys/{draft_survey}/setup",
            "/manage/surveys/{draft_survey}/setup/basics",
            "/manage/surveys/{draft_survey}/setup/wording?language=ar",
            "/manage/surveys/{draft_survey}/setup/questions",
            "/manage/surveys/{draft_survey}/setup/mail?kind=reminder&language=de",
            "/manage/surveys/{draft_survey}/setup/rules",
            "/manage/surveys/{draft_survey}/setup/schedule",
            "/manage/surveys/{draft_survey}/trial",
            "/manage/surveys/{draft_survey}/launch",
            "/manage/surveys/{south_survey}/setup/channels",
            "/manage/surveys/{survey}/setup/contacts",
            "/manage/surveys/{survey}/setup/schedule",
            "/manage/surveys/{survey}/close",
            "/manage/studies",
            "/manage/studies/new",
            "/manage/studies/{study}",
        )
    ),
)

PAGES: tuple[PageCase, ...] = (
    *DATA_PAGES,
    *LIBRARY_PAGES,
    *PEOPLE_PAGES,
    *REPORT_PAGES,
    *RESULT_PAGES,
    *SURVEY_PAGES,
    *VOICE_PAGES,
    *WORKBENCH_PAGES,
)

SEEDS: tuple[Seed, ...] = (seed_data, seed_library, seed_results, seed_voice, seed_setting_up)
