"""A review note as one HTML page, for the screen and for the PDF."""

from __future__ import annotations

from pathlib import Path

from servq.locations import reports_folder
from servq.reporting.rendering import fill_templates
from servq.reviewing.notes import ReviewNote
from servq.translation import translator

TEMPLATE_FOLDER = "review-note"


def render_review_note(note: ReviewNote, *, paper: str = "a4", templates: Path | None = None) -> str:
    """Write the note as one HTML page that needs nothing else.

    Raises
    ------
    BadInput
        A template is faulty; the problem names the file and the line.
    """
    language = translator(note.locale)
    shipped = reports_folder() / TEMPLATE_FOLDER
    folders = (shipped,) if templates is None else (templates, shipped)
    given = {"note": note, "language": note.locale, "direction": language.direction, "paper": paper}
    return fill_templates(folders, note.locale, given)
