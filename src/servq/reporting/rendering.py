"""Context and templates to one self-contained HTML page, the same for the screen and for the PDF."""

from __future__ import annotations

import traceback
from collections.abc import Mapping
from dataclasses import fields
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, TemplateError, TemplateSyntaxError
from markupsafe import Markup

from servq.analysis.findings import Findings, Unavailable
from servq.analysis.kano import CATEGORY_NAMES
from servq.errors import BadInput, Problem, RequestInvalid
from servq.locations import reports_folder
from servq.reporting.charts.mirror import mirror_images
from servq.reporting.context import DEFAULT_FORM, ReportContext, make_context
from servq.reporting.formats import Formats, kind_of, score_kind
from servq.reporting.kinds import FRAMES, ReportForm
from servq.reporting.metric_figures import part_name
from servq.reporting.score_views import QUADRANT_NAMES
from servq.translation import NO_BREAK_SPACE, is_right_to_left, translator

STYLE_SHEET = "report.css"


def render_html(findings: Findings, form: ReportForm = DEFAULT_FORM) -> str:
    """Write the report as one HTML page that needs nothing else.

    Parameters
    ----------
    findings
        What the analysis found.
    form
        Kind, paper, look and templates.

    Raises
    ------
    BadInput
        A template is faulty; the problem names the file and the line.
    """
    return render_context(make_context(findings, form), templates=form.templates)


def render_context(context: ReportContext, *, templates: Path | None = None) -> str:
    """Write the page from a context that was made before."""
    given = {field.name: getattr(context, field.name) for field in fields(context)}
    return fill_templates(
        template_folders("quality", templates=templates), context.language, given, FRAMES[context.kind]
    )


def template_folders(*names: str, templates: Path | None) -> tuple[Path, ...]:
    """Where templates are looked for: in the organisation's folders of these names, then in the shipped ones.

    Raises
    ------
    RequestInvalid
        The organisation's folder is missing.
    """
    if templates is not None and not templates.is_dir():
        raise RequestInvalid(
            Problem(
                "There is no such folder of templates.",
                "Make one with: servq report templates --copy FOLDER.",
                file=str(templates),
            )
        )
    own = () if templates is None else (templates,)
    return tuple(folder for name in names for top in (*own, reports_folder()) if (folder := top / name).is_dir())


def fill_templates(folders: tuple[Path, ...], language: str, given: Mapping[str, Any], frame: str) -> str:
    """Write the page from templates that are looked for in each folder in turn.

    Raises
    ------
    BadInput
        A template is faulty; the problem names the file and the line.
    """
    environment = _environment(folders, language)
    try:
        page = environment.get_template(frame).render(given, style_sheet=_style_sheet(folders))
    except TemplateSyntaxError as error:
        raise _faulty_template(str(error.message), error.filename, error.lineno) from error
    except (TemplateError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        place = _place_in_template(error, folders)
        if place is None:
            raise
        raise _faulty_template(str(error), *place) from error
    return mirror_images(page) if translator(language).direction == "rtl" else page


@cache
def _environment(folders: tuple[Path, ...], language: str) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(folders),
        undefined=StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    t = translator(language)
    formats = Formats(t)
    environment.globals["t"] = t
    environment.filters |= {
        "say": lambda text: t.say(text).replace("n = ", f"n{NO_BREAK_SPACE}={NO_BREAK_SPACE}"),
        "score_kind": score_kind,
        "kind_of": kind_of,
        "isolated": t.words_isolated,
        "direction": lambda text: "rtl" if is_right_to_left(text) else "ltr",
        "count": t.count,
        "number": formats.value,
        "interval": formats.interval,
        "with_interval": formats.with_interval,
        "p_value": formats.p_value,
        "p_relation": formats.p_relation,
        "share": t.percent,
        "confidence": formats.level_in_percent,
        "setting": formats.setting,
        "part_name": lambda name: t.say(part_name(name)),
        "category_name": lambda name: t.say(CATEGORY_NAMES[name]),
        "quadrant_name": lambda name: t.say(QUADRANT_NAMES[name]),
    }
    environment.tests["unavailable"] = lambda part: isinstance(part, Unavailable)
    return environment


def _style_sheet(folders: tuple[Path, ...]) -> Markup:
    path = next(folder / STYLE_SHEET for folder in folders if (folder / STYLE_SHEET).is_file())
    return Markup(path.read_text(encoding="utf-8"))  # noqa: S704 - a file of whoever runs servq


def _place_in_template(error: Exception, folders: tuple[Path, ...]) -> tuple[str, int] | None:
    """File and line of the template in which an error arose, from the deepest frame that lies in one."""
    frames = traceback.extract_tb(error.__traceback__)
    for frame in reversed(frames):
        if any(Path(frame.filename).is_relative_to(folder) for folder in folders) and frame.lineno is not None:
            return frame.filename, frame.lineno
    return None


def _faulty_template(message: str, file: str | None, line: int | None) -> BadInput:
    return BadInput(
        Problem(f"the report template cannot be filled in: {message}.", fix="Mend it there.", file=file, line=line)
    )
