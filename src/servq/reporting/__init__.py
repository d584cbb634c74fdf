"""Findings to charts, HTML and PDF; the only place that imports WeasyPrint."""

from servq.reporting.attached import Attachment, attached_findings
from servq.reporting.context import ReportContext, make_context
from servq.reporting.files import write_whole
from servq.reporting.kinds import Paper, ReportForm, ReportKind
from servq.reporting.pdf import pdf_from_html, render_pdf, write_pdf
from servq.reporting.rendering import render_context, render_html

__all__ = [
    "Attachment",
    "Paper",
    "ReportContext",
    "ReportForm",
    "ReportKind",
    "attached_findings",
    "make_context",
    "pdf_from_html",
    "render_context",
    "render_html",
    "render_pdf",
    "write_pdf",
    "write_whole",
]
