"""Findings that can be written out: what every way through the pipeline gives."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from servq import analysis
from servq.analysis import findings_to_json, study_findings
from servq.reporting import Attachment, pdf_from_html, render_html, render_pdf, write_pdf, write_whole
from servq.reporting.workbook import render_workbook

if TYPE_CHECKING:
    from servq.reporting import Paper


class Findings(analysis.Findings):
    """Findings that can be written out; shows itself as the report in a notebook."""

    def to_json(self) -> str:
        """All findings as JSON, unrounded; `servq.analysis.findings_schema` documents it."""
        return findings_to_json(self).decode()

    def to_html(self, *, paper: Paper = "a4") -> str:
        """The report as one self-contained HTML document."""
        return render_html(self, paper=paper)

    def to_pdf(self, path: str | Path | None = None, *, paper: Paper = "a4") -> bytes | None:
        """The report as a PDF: written to `path`, or returned as bytes when there is none."""
        data = Attachment(
            name="findings.json", content=findings_to_json(self), description="Every number of this report, unrounded"
        )
        if path is None:
            return render_pdf(self, paper=paper, attachments=[data])
        write_pdf(self, Path(path), paper=paper, attachments=[data])
        return None

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

    def to_html(self, *, paper: Paper = "a4") -> str:
        """The report as one self-contained HTML document."""
        from servq.reporting.study_rendering import render_study_html

        return render_study_html(self, paper=paper)

    def to_pdf(self, path: str | Path | None = None, *, paper: Paper = "a4") -> bytes | None:
        """The report as a PDF with the findings inside: written to `path`, or returned as bytes when there is none."""
        data = Attachment(
            name="findings.json", content=findings_to_json(self), description="Every number of this report, unrounded"
        )
        content = pdf_from_html(self.to_html(paper=paper), attachments=[data])
        if path is None:
            return content
        write_whole(Path(path), content)
        return None

    def _repr_html_(self) -> str:
        return self.to_html()
