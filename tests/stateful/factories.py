"""Small typed factories for surveys, links and forms."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from servq.instruments.model import (
    BatteryText,
    Citation,
    Comment,
    Definition,
    Dimension,
    DimensionText,
    GapScore,
    Instrument,
    Item,
    NetPromoterScore,
    PointsBattery,
    RatingBattery,
    ResponseScale,
    Rights,
    ScaleText,
    Texts,
)
from servq.invitations.service import create_personal_links
from servq.invitations.tokens import new_token
from servq.responses.links import Link, OpenLink, PersonalLink
from servq.responses.models import Response, ResponseVersion
from servq.responses.sittings import Saved, Sittings
from servq.surveys.models import Survey
from servq.surveys.service import NewSurvey, create_survey, launch_survey

NOW = datetime(2026, 3, 4, 15, 16, 17, 181920, tzinfo=UTC)
"""When things happen in these tests."""


def make_instrument(*, statement: str = "Answers come fast.") -> Instrument:
    """Four items before and after, a constant sum between them, one comment: three pages."""
    items = ("fast_1", "fast_2", "kind_1", "kind_2")
    return Instrument(
        definition=Definition(
            id="small",
            version="1",
            title="Small",
            field="any service",
            citation=(Citation(authors="Nobody, N.", year=2000, title="None", source="None"),),
            rights=Rights(holder="nobody", wording="own", note="made for tests"),
            audiences=("customer",),
            locales=("en", "de"),
            scales={
                "agreement": ResponseScale(low=1, high=7),
                "rated": ResponseScale(low=1, high=7, not_applicable=True),
            },
            batteries={
                "expectation": RatingBattery(scale="agreement", columns="e{number:02d}", moment="before"),
                "importance": PointsBattery(total=100, columns="w_{dimension}"),
                "perception": RatingBattery(scale="rated", columns="p{number:02d}", moment="after"),
            },
            dimensions=(Dimension(id="fast"), Dimension(id="kind")),
            items=tuple(Item(id=item, number=i, dimension=item[:4]) for i, item in enumerate(items, start=1)),
            comments=(Comment(id="remark", max_length=50),),
            scores=(GapScore(id="gap", perception="perception", expectation="expectation", weights="importance"),),
        ),
        texts={locale: make_texts(locale, items, statement) for locale in ("en", "de")},
    )


def make_texts(locale: str, items: Iterable[str], statement: str) -> Texts:
    anchors = ScaleText(anchors={1: "no", 7: "yes"}, not_applicable="does not apply")
    return Texts(
        locale=locale,
        title="Small",
        introduction="Please answer.",
        thanks="Thank you.",
        scales={"agreement": anchors, "rated": anchors},
        batteries={
            battery: BatteryText(title=battery, instruction=battery, short=battery)
            for battery in ("expectation", "importance", "perception")
        },
        dimensions={name: DimensionText(name=name, description=name) for name in ("fast", "kind")},
        items={item: {"*": statement} for item in items},
        comments={"remark": "Anything else?"},
    )


def make_single_item() -> Instrument:
    """One item on one page: the page that begins a response also submits it."""
    small = make_instrument()
    definition = small.definition
    return Instrument(
        definition=Definition(
            id="single",
            version="1",
            title="Single",
            field=definition.field,
            citation=definition.citation,
            rights=definition.rights,
            audiences=definition.audiences,
            locales=("en",),
            scales={"likely": ResponseScale(low=0, high=10)},
            batteries={"likelihood": RatingBattery(scale="likely", columns="{item}")},
            items=(Item(id="recommend", number=1),),
            scores=(NetPromoterScore(id="nps", battery="likelihood", item="recommend"),),
        ),
        texts={"en": small.texts["en"]},
    )


async def make_survey(
    sessions: async_sessionmaker[AsyncSession],
    *,
    instrument: Instrument | None = None,
    launched: bool = True,
    now: datetime = NOW,
    **choices: object,
) -> Survey:
    instrument = instrument or make_instrument()
    new = NewSurvey(instrument=instrument.id, title="Guests", organisation="Hotel Meridian", **choices)
    async with sessions.begin() as session:
        survey = await create_survey(session, new, instrument, now=now)
        if launched:
            survey = await launch_survey(session, survey.id, instrument, now=now)
    return survey


async def make_personal_link(
    sessions: async_sessionmaker[AsyncSession], survey: Survey, *, expires_at: datetime | None = None, **attributes: str
) -> PersonalLink:
    async with sessions.begin() as session:
        (made,) = await create_personal_links(
            session, survey.id, 1, now=NOW, expires_at=expires_at, attributes=attributes
        )
    return PersonalLink(made.token)


def make_open_link(survey: Survey, *, site: str | None = None) -> OpenLink:
    return OpenLink(survey.slug, new_token(), site=site)


EXPECTATIONS = {"e01": "7", "e02": "6", "e03": "", "e04": "5"}
POINTS = {"w_fast": "60", "w_kind": "40"}
PERCEPTIONS = {"p01": "1", "p02": "2", "p03": "na", "p04": "", "comment_remark": " Clean rooms. "}
FORMS = (EXPECTATIONS, POINTS, PERCEPTIONS)
STORED = (7, 6, -1, 5, 60, 40, 1, 2, -2, -1)
"""What the three forms are stored as."""


async def answer(sittings: Sittings, link: Link, *, now: datetime = NOW, last: dict[str, str] = PERCEPTIONS) -> Saved:
    for number, form in enumerate((EXPECTATIONS, POINTS, last)):
        saved = await sittings.save(link, number, form, locale="en", submit=number == 2, seconds=10, now=now)
    return saved


async def stored(sessions: async_sessionmaker[AsyncSession]) -> list[Response]:
    async with sessions() as session:
        return list((await session.scalars(select(Response))).all())


async def count_versions(sessions: async_sessionmaker[AsyncSession]) -> int:
    async with sessions() as session:
        return await session.scalar(select(func.count()).select_from(ResponseVersion)) or 0
