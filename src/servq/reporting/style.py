"""How the reports of an organisation look: its name, its logo, its accent colour."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from servq.errors import BadInput, Problem, RequestInvalid
from servq.instruments.yaml_reading import Document, read_yaml
from servq.reporting.accent import accepted_accent, quiet_on
from servq.reporting.logo import LARGEST_LOGO, Logo, checked_logo

_KEYS = ("organisation", "logo", "logo_text", "accent")

OWN_PANEL, OWN_QUIET, OWN_MARK = "#0c2f47", "#c4d6e3", "#bf4a14"
"""The look of a report without a style: the panel of the cover, quiet words on it, numbers of the headings."""


@dataclass(frozen=True, kw_only=True)
class ReportStyle:
    """Style of one organisation; every part may be left out.

    Parameters
    ----------
    organisation
        Stands on the cover where the survey names none.
    accent
        ``#rrggbb`` with enough contrast (see `servq.reporting.accent`); it colours the frame and no data.
    """

    organisation: str = ""
    logo: Logo | None = None
    accent: str | None = None

    @property
    def colours(self) -> dict[str, str]:
        """Custom properties of the style sheet by name."""
        if self.accent is None:
            return {"panel": OWN_PANEL, "panel-quiet": OWN_QUIET, "mark": OWN_MARK}
        return {"panel": self.accent, "panel-quiet": quiet_on(self.accent), "mark": self.accent}


PLAIN = ReportStyle()
"""The look of servq itself."""


def load_style(path: Path) -> ReportStyle:
    """Read a style file: ``organisation``, ``logo`` (a file beside it), ``logo_text`` and ``accent``.

    Raises
    ------
    RequestInvalid
        With every problem, each with its line and the fix.
    """
    if not path.is_file():
        raise RequestInvalid(Problem("There is no such style file.", "Check the path.", file=str(path)))
    document = read_yaml(path, path.name)
    if document.problems:
        raise RequestInvalid(document.problems)
    if not isinstance(document.content, dict):
        raise RequestInvalid(document.problem((), "A style file is a mapping.", f"It may have: {', '.join(_KEYS)}."))
    reader = _Reader(document, path.parent, document.content)
    style = reader.style()
    if reader.problems:
        raise RequestInvalid(reader.problems)
    return style


class _Reader:
    """One walk over the file that collects every problem."""

    def __init__(self, document: Document, folder: Path, content: dict[object, object]) -> None:
        self._document = document
        self._folder = folder
        self._content = content
        self.problems = [
            document.problem((str(key),), f'A style has no "{key}".', f"It may have: {', '.join(_KEYS)}.")
            for key in content
            if key not in _KEYS
        ]

    def style(self) -> ReportStyle:
        organisation = self._text("organisation")
        return ReportStyle(organisation=organisation, logo=self._logo(organisation), accent=self._accent())

    def _text(self, key: str) -> str:
        value = self._content.get(key)
        if value is not None and not isinstance(value, str):
            self.problems.append(self._document.problem((key,), f'"{key}" is not a text.', "Write it in quotes."))
            return ""
        return (value or "").strip()

    def _accent(self) -> str | None:
        if "accent" not in self._content:
            return None
        value = self._content["accent"]
        if value is None:
            fix = 'Write it in quotes, "#0c2f47": without them # begins a comment.'
            self.problems.append(self._document.problem(("accent",), "No colour is named.", fix))
            return None
        # six digits without quotes were read as a number
        written = f"{value:06d}" if isinstance(value, int) else str(value)
        try:
            return accepted_accent(written, file=self._document.shown, line=self._document.line(("accent",)))
        except BadInput as error:
            self.problems += error.problems
            return None

    def _logo(self, organisation: str) -> Logo | None:
        name = self._text("logo")
        if not name:
            return None
        path = self._folder / name
        try:
            if not path.is_file():
                raise RequestInvalid(Problem("There is no such logo.", "Check the path.", file=str(path)))
            with path.open("rb") as file:
                content = file.read(LARGEST_LOGO + 1)
            return checked_logo(content, alt=self._text("logo_text") or organisation or path.stem, file=str(path))
        except OSError as error:
            reason = f"The logo cannot be read ({error.strerror})."
            self.problems.append(Problem(reason, "Check its rights.", file=str(path)))
        except BadInput as error:
            self.problems += error.problems
        return None
