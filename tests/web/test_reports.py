"""The process that prints reports."""

from __future__ import annotations

from concurrent.futures.process import BrokenProcessPool

import psutil
import pytest

from servq.errors import SurveyUnknown
from servq.pipeline.orders import ReportOrder
from servq.pipeline.printing import ReportPrinter

pytestmark = pytest.mark.anyio

NO_SUCH_SURVEY = ReportOrder(survey_id=7, wave=None, locale=None, paper="a4")


async def test_a_printing_process_that_was_killed_is_replaced(sqlite_database: str) -> None:
    known = set(psutil.Process().children())
    async with ReportPrinter.running(sqlite_database) as printer:
        with pytest.raises(SurveyUnknown):
            await printer.print(NO_SUCH_SURVEY)
        # Beside it Python runs a process that only keeps track of resources.
        (worker,) = [each for each in set(psutil.Process().children()) - known if "spawn_main" in str(each.cmdline())]
        worker.kill()
        with pytest.raises(BrokenProcessPool):
            await printer.print(NO_SUCH_SURVEY)
        with pytest.raises(SurveyUnknown):
            await printer.print(NO_SUCH_SURVEY)
