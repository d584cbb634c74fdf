"""Teams, touchpoints, targets and a benchmark set in the seeded installation, with script that must stay text."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from servq.analysis.benchmark_findings import PublishedValue
from servq.analysis.targets import metrics_of
from servq.instruments import load_instrument
from servq.responses.models import Response
from servq.targets.benchmark_files import NewBenchmark
from servq.targets.benchmarks import keep_benchmark
from servq.targets.journeys import keep_journey
from servq.targets.service import NewTarget, set_target

STAGES = ("Booking", "Arrival", "<i>Stay</i>")
TEAMS = ("Front desk", "<b>Kitchen</b>")
LONE_AGENT = "Agent of few"
SOURCE = "Nobody, N. (2025), Hotels compared, p. 12"


async def seed_results(session: AsyncSession, places: Mapping[str, str], now: datetime) -> Mapping[str, str]:
    """Give the guests touchpoints, teams and agents; set a target in each region and one for all."""
    survey_id = int(places["survey"])
    rows = (await session.scalars(select(Response).where(Response.survey_id == survey_id).order_by(Response.id))).all()
    for place, response in enumerate(rows):
        agent = LONE_AGENT if place < 3 else f"Agent {place % 4}"
        response.attributes = {
            **response.attributes,
            "touchpoint": STAGES[place % 3],
            "team": TEAMS[place % 2],
            "agent": agent,
        }
    await keep_journey(session, survey_id, STAGES, now=now)
    instrument = load_instrument("servqual")
    metrics = metrics_of(instrument, "en", {})
    made = {}
    for site in ("Harbour", "Castle", None):
        new = NewTarget(metric="overall", site=site, start=-1.5, goal=-0.5, due_on=(now + timedelta(days=90)).date())
        made[site] = await set_target(session, survey_id, new, metrics, None, account_id=None, now=now)
    benchmark = NewBenchmark(
        name="<b>Hotels</b> of 2024",
        instrument="servqual",
        source=SOURCE,
        measured_on=date(2024, 6, 30),
        n=400,
        scores={"overall": PublishedValue(value=-0.2, n=400, sd=1.0), "tangibles": PublishedValue(value=-0.1)},
    )
    kept = await keep_benchmark(session, benchmark, metrics, account_id=None, now=now)
    return {
        "target": str(made["Harbour"].id),
        "south_target": str(made["Castle"].id),
        "benchmark": str(kept.id),
    }
