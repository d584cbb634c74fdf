"""Findings that can be written out: what every way through the pipeline gives."""

from __future__ import annotations

from pathlib import Path

from servq import analysis
from servq.analysis import findings_to_json, study_findings
from servq.reporting import ReportForm, attached_findings, pdf_from_html, render_html, render_pdf, write_whole
from servq.reporting.study_context import STUDY_FORM
from servq.reporting.workbook import render_workbook

FULL = ReportForm()


class Findings(analysis.Findings):
    """Findings that can be written out; shows itself as the report in a notebook."""

    def to_json(self) -> str:
        """All findings as JSON, unrounded; `servq.analysis.findings_schema` documents it."""
        return findings_to_json(self).decode()

    def to_html(self, form: ReportForm = FULL) -> str:
        """The report as one self-contained HTML document."""
        return render_html(self, form)

    def to_pdf(self, path: str | Path | None = None, form: ReportForm = FULL) -> bytes:
        """The report as a PDF with the findings inside; it is also written to `path` where there is one."""
        content = render_pdf(self, form, attachments=attached_findings(self))
        if path is not None:
            write_whole(Path(path), content)
        return content

    def to_xlsx(self) -> bytes:
        """Every table of the findings as a workbook, one sheet a part."""
        return render_workbook(self)

    def _repr_html_(self) -> str:
        return self.to_html()


class StudyFindings(study_findings.StudyFindings):
    """Findings of a gaps study that can be written out; shows itself as the report in a notebook."""

    def to_json(self) -> str:
        """All findings as JSON, unrounded."""
        return findings_to_json(self).decode()

    def to_html(self, form: ReportForm = STUDY_FORM) -> str:
        """The report as one self-contained HTML document."""
        from servq.reporting.study_rendering import render_study_html

        return render_study_html(self, form)

    def to_pdf(self, path: str | Path | None = None, form: ReportForm = STUDY_FORM) -> bytes:
        """The report as a PDF with the findings inside; it is also written to `path` where there is one."""
        content = pdf_from_html(self.to_html(form), attachments=attached_findings(self))
        if path is not None:
            write_whole(Path(path), content)
        return content

    def to_xlsx(self) -> bytes:
        """Every table of the findings as a workbook, one sheet a part."""
        return render_workbook(self)

    def _repr_html_(self) -> str:
        return self.to_html()
