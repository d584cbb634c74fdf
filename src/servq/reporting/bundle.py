"""Reports of many sites in one ZIP, with a list of all sites and the reason beside each that has no report."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterable, Mapping

from servq.messages import Message
from servq.reporting.attached import without_formula
from servq.translation import translator

LIST_NAME = "sites.csv"
LONGEST_STEM = 60


def pack_sites(reports: Iterable[tuple[str, int, bytes]], left_out: Mapping[str, Message], locale: str) -> bytes:
    """Pack reports and their list.

    Parameters
    ----------
    reports
        Site, number of its respondents, and its report as PDF.
    left_out
        Sites without a report, and why.
    """
    t = translator(locale)
    written = io.StringIO(newline="")
    table = csv.writer(written, lineterminator="\r\n")
    table.writerow([t("Site"), t("Respondents"), t("File"), t("Remark")])
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", compression=zipfile.ZIP_STORED) as archive:
        for number, (site, n, content) in enumerate(reports, start=1):
            name = f"{number:02d}-{file_stem(site)}.pdf"
            archive.writestr(name, content)
            table.writerow([without_formula(site), n, name, ""])
        for site, reason in left_out.items():
            table.writerow([without_formula(site), "", "", t.say(reason)])
        archive.writestr(LIST_NAME, written.getvalue().encode("utf-8-sig"))
    return packed.getvalue()


def file_stem(name: str) -> str:
    """A name as part of a file name: letters and digits of any script, everything else as hyphens."""
    return re.sub(r"[^\w]+", "-", name).strip("-_")[:LONGEST_STEM] or "report"
