"""Pages of results: the start page, the results of a survey, targets and benchmarks."""

from __future__ import annotations

from collections.abc import Sequence

from litestar.types import ControllerRouterHandler

from servq.web.manage.results import benchmarks, journeys, start, survey_pages, targets


def results_handlers() -> Sequence[ControllerRouterHandler]:
    """Return the handlers of these pages."""
    return (start.show_start, *survey_pages.HANDLERS, *journeys.HANDLERS, *targets.HANDLERS, *benchmarks.HANDLERS)
