"""Findings of a study to one self-contained HTML page, the same for the screen and for the PDF."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

from servq.analysis.study_findings import StudyFindings
from servq.locations import reports_folder
from servq.reporting.context import Paper
from servq.reporting.rendering import fill_templates
from servq.reporting.study_context import make_study_context


def render_study_html(findings: StudyFindings, *, paper: Paper = "a4", templates: Path | None = None) -> str:
    """Write the report of a study as one HTML page that needs nothing else.

    Parameters
    ----------
    findings
        What the analysis found.
    paper
        Page size when the page is printed.
    templates
        Folder with templates of an organisation; what it lacks is taken from the shipped ones.

    Raises
    ------
    BadInput
        A template is faulty; the problem names the file and the line.
    """
    context = make_study_context(findings, paper=paper)
    # the look and the pieces that every report shares come from the quality report
    shipped = (reports_folder() / "study", reports_folder() / "quality")
    folders = shipped if templates is None else (templates, *shipped)
    return fill_templates(folders, context.language, {one.name: getattr(context, one.name) for one in fields(context)})
