"""Long work: looking through the answers of a survey for careless ones."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from servq.jobs.service import JobResult, Progress
from servq.responses.quality import check_quality
from servq.worker.running import Workplace

CHECK = "quality"
"""Name of this kind of work."""


async def check(place: Workplace, parameters: Mapping[str, Any], progress: Progress) -> JobResult:
    """Look through all answers of the survey."""
    await progress(0, 1)
    n = await check_quality(place.sessions, parameters["survey_id"], now=place.now())
    return JobResult(facts={"n_checked": n})
