"""A review note as one HTML page, for the screen and for the PDF."""

from __future__ import annotations

from pathlib import Path

from servq.reporting.rendering import fill_templates, template_folders
from servq.reviewing.notes import ReviewNote
from servq.translation import translator

TEMPLATE_FOLDER, FRAME = "review-note", "report.html.j2"


def render_review_note(note: ReviewNote, *, paper: str = "a4", templates: Path | None = None) -> str:
    """Write the note as one HTML page that needs nothing else.

    Raises
    ------
    BadInput
        A template is faulty; the problem names the file and the line.
    """
    language = translator(note.locale)
    folders = template_folders(TEMPLATE_FOLDER, templates=templates)
    given = {"note": note, "language": note.locale, "direction": language.direction, "paper": paper}
    return fill_templates(folders, note.locale, given, FRAME)
