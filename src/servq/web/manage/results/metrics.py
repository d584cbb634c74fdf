"""What targets and benchmarks of a survey may be set on."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from servq.accounts.viewer import Viewer
from servq.analysis.target_findings import Metric
from servq.analysis.targets import metrics_of
from servq.surveys.launched import get_launched
from servq.surveys.models import Survey


async def survey_metrics(session: AsyncSession, survey: Survey, viewer: Viewer) -> tuple[Metric, ...]:
    """Return the metrics of a survey in somebody's language; none before it is launched."""
    if survey.revision is None:
        return ()
    launched = await (await session.connection()).run_sync(get_launched, survey.id)
    return metrics_of(launched.instrument, viewer.locale, launched.placeholders)
