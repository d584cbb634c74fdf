"""The page to a PDF file: the one place that imports WeasyPrint.

The file is a tagged PDF/A-3a. Nothing is fetched: every image is part of the page.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from servq.analysis.findings import Findings
from servq.errors import EnvironmentIncomplete
from servq.reporting.attached import Attachment
from servq.reporting.context import DEFAULT_FORM, MOST_ROOM, ReportContext, make_context
from servq.reporting.files import write_whole
from servq.reporting.kinds import PAGE_LIMITS, ReportForm
from servq.reporting.rendering import render_context
from servq.reporting.svg_text import keep_letters_joined

PDF_VARIANT = "pdf/a-3a"
WHAT_TO_INSTALL = (
    "Debian, Ubuntu: apt install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-noto-core "
    "fonts-dejavu-core. "
    "Fedora: dnf install pango harfbuzz google-noto-sans-fonts dejavu-sans-fonts. "
    "macOS: brew install pango font-noto-sans. "
    "For Arabic, Noto Sans Arabic and Noto Naskh Arabic; Debian has them in fonts-noto-core."
)


def render_pdf(
    findings: Findings,
    form: ReportForm = DEFAULT_FORM,
    *,
    attachments: Sequence[Attachment] = (),
) -> bytes:
    """Write the report as a PDF.

    Parameters
    ----------
    findings
        What the analysis found.
    form
        Kind, paper, look and templates.
    attachments
        Files to carry inside the PDF.

    Raises
    ------
    EnvironmentIncomplete
        A system library of the PDF renderer is missing.
    BadInput
        A template is faulty.
    """
    document = lay_out_report(make_context(findings, form), templates=form.templates)
    return write_document(document, attachments=attachments)


def write_pdf(
    findings: Findings,
    path: Path,
    form: ReportForm = DEFAULT_FORM,
    *,
    attachments: Sequence[Attachment] = (),
) -> None:
    """Write the report to a file, whole or not at all: it appears under its name only when it is complete."""
    content = render_pdf(findings, form, attachments=attachments)
    write_whole(path, content)


def pdf_from_html(html: str, *, attachments: Sequence[Attachment] = ()) -> bytes:
    """Lay out a page and write it as PDF."""
    return write_document(lay_out(html), attachments=attachments)


def lay_out_report(context: ReportContext, *, templates: Path | None = None) -> Any:
    """Break a report into sheets; one of few pages shows as much as fits on them."""

    def laid_out(room: int) -> Any:
        return lay_out(render_context(replace(context, room=room), templates=templates))

    document = laid_out(MOST_ROOM)
    limit = PAGE_LIMITS.get(context.kind)
    if limit is None or len(document.pages) <= limit:
        return document
    fitting, least, most = None, 0, MOST_ROOM - 1
    while least <= most:
        room = (least + most) // 2
        document = laid_out(room)
        if len(document.pages) <= limit:
            fitting, least = document, room + 1
        else:
            most = room - 1
    return document if fitting is None else fitting


def lay_out(html: str) -> Any:
    """Break a page into sheets; returns the renderer's document."""
    weasyprint = _weasyprint()
    return weasyprint.HTML(string=html, url_fetcher=_refusing_fetcher(weasyprint)).render(pdf_variant=PDF_VARIANT)


def write_document(document: Any, *, attachments: Sequence[Attachment] = ()) -> bytes:
    """Write a document that was laid out as PDF, with files inside it."""
    weasyprint = _weasyprint()
    content: bytes = document.write_pdf(
        pdf_variant=PDF_VARIANT,
        attachments=[
            weasyprint.Attachment(
                string=attachment.content,
                name=attachment.name,
                description=attachment.description,
                relationship="Data",
            )
            for attachment in attachments
        ],
    )
    return content


def _weasyprint() -> Any:
    try:
        import weasyprint
    except OSError as error:
        raise EnvironmentIncomplete(
            f"A PDF needs pango, HarfBuzz and fonts on this machine, and one is missing ({error}). {WHAT_TO_INSTALL}"
        ) from error
    keep_letters_joined()
    return weasyprint


def _refusing_fetcher(weasyprint: Any) -> Any:
    """Open what is written into the page itself and nothing else: no address, no file."""
    return weasyprint.urls.URLFetcher(allowed_protocols={"data"})
