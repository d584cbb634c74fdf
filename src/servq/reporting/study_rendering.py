"""Findings of a study to one self-contained HTML page, the same for the screen and for the PDF."""

from __future__ import annotations

from dataclasses import fields

from servq.analysis.study_findings import StudyFindings
from servq.reporting.kinds import ReportForm
from servq.reporting.rendering import fill_templates, template_folders
from servq.reporting.study_context import STUDY_FORM, make_study_context

STUDY_FRAME = "report.html.j2"


def render_study_html(findings: StudyFindings, form: ReportForm = STUDY_FORM) -> str:
    """Write the report of a study as one HTML page that needs nothing else.

    Parameters
    ----------
    findings
        What the analysis found.
    form
        Paper, look and templates.

    Raises
    ------
    BadInput
        A template is faulty; the problem names the file and the line.
    """
    context = make_study_context(findings, form)
    # the look and the pieces that every report shares come from the quality report
    folders = template_folders("study", "quality", templates=form.templates)
    given = {one.name: getattr(context, one.name) for one in fields(context)}
    return fill_templates(folders, context.language, given, STUDY_FRAME)
