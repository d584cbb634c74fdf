"""Five very different studies, their pages as pictures, and how far two such pictures may differ.

The pictures are small and coarse on purpose: they hold the layout, not the letters, so that other versions of the fonts
or of the renderer pass while a moved figure, another break of a page or a lost colour does not.
"""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter
from PIL.PngImagePlugin import PngInfo

from reporting.many_sites import write_answers
from servq import pipeline
from servq.instruments import load_instrument
from servq.reporting import ReportForm
from servq.scoring import AnswerTable
from servq.simulate import Population, simulate_codes

FOLDER = Path(__file__).with_name("pages")
DOTS_PER_INCH = 30
COLUMNS = 6
GAP = 4
SHADES = 128
"""Colours of a kept picture."""

BLUR = 1.2
"""Pixels; letters become grey lines, which is all that the layout needs."""
VISIBLE = 26
"""Difference of a colour, of 255, from which on a pixel counts as changed."""
MOST_CHANGED = 0.012
"""Share of the pixels of a page that may be changed: one line that breaks elsewhere is below, a moved figure is not."""

BETWEEN = (136, 136, 136)


def tiny() -> pipeline.Findings:
    """Seven people: almost nothing can be said, and nothing more is."""
    return _simulated("servqual", 7, seed=3)


def noisy() -> pipeline.Findings:
    """Sixty people who answer at random: no strength, no weakness, no step to take first."""
    instrument = load_instrument("servqual")
    random = np.random.default_rng(11)
    codes = np.zeros((60, len(instrument.columns)), dtype=np.int16)
    for place, column in enumerate(instrument.columns):
        points = instrument.points_of(column)
        codes[:, place] = 20 if column.battery == "importance" else random.choice(list(points), 60)
    return pipeline.Findings(**vars(pipeline.answers.report_answers(_table(instrument, codes), None)))


def three_column() -> pipeline.Findings:
    """The form of 1994 with zones of tolerance."""
    return _simulated("servqual-1994", 150, seed=5)


def one_question() -> pipeline.Findings:
    """The net promoter score of 300 people, on the pages of a pulse report."""
    return _simulated("nps", 300, seed=7)


def many_sites() -> pipeline.Findings:
    """Forty sites, one of them too small to be shown."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "answers.csv"
        sites = {f"Site {place:02d}": 40 for place in range(1, 40)}
        write_answers(path, {**sites, "Site 40": 3}, seed=9)
        return pipeline.analyze(path, "servqual", segments="site")


STUDIES: Mapping[str, tuple[Callable[[], pipeline.Findings], ReportForm]] = {
    "tiny": (tiny, ReportForm()),
    "noisy": (noisy, ReportForm(kind="executive")),
    "three-column": (three_column, ReportForm()),
    "one-question": (one_question, ReportForm(kind="pulse")),
    "many-sites": (many_sites, ReportForm()),
}


@cache
def written(study: str) -> tuple[pipeline.Findings, bytes]:
    """Findings and PDF of a study."""
    make, form = STUDIES[study]
    findings = make()
    return findings, findings.to_pdf(form=form)


def pages_of(study: str) -> list[Image.Image]:
    """Every page of a study as a small picture."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "report.pdf"
        path.write_bytes(written(study)[1])
        command = ["pdftoppm", "-r", str(DOTS_PER_INCH), "-png", str(path), str(Path(folder) / "page")]
        subprocess.run(command, check=True, capture_output=True)
        return [Image.open(page).convert("RGB") for page in sorted(Path(folder).glob("page*.png"))]


def keep(study: str) -> Path:
    """Store all pages of a study on one picture with few colours; it says how many there are and how large."""
    pages = pages_of(study)
    width, height = pages[0].size
    rows = -(-len(pages) // COLUMNS)
    sheet = Image.new("RGB", (COLUMNS * (width + GAP), rows * (height + GAP)), BETWEEN)
    for place, page in enumerate(pages):
        sheet.paste(page, ((place % COLUMNS) * (width + GAP), (place // COLUMNS) * (height + GAP)))
    said = PngInfo()
    for name, number in (("pages", len(pages)), ("width", width), ("height", height)):
        said.add_text(name, str(number))
    path = FOLDER / f"{study}.png"
    sheet.quantize(SHADES, dither=Image.Dither.NONE).save(path, optimize=True, pnginfo=said)
    return path


def kept_pages(study: str) -> list[Image.Image]:
    """The pages of the picture that is kept."""
    sheet = Image.open(FOLDER / f"{study}.png")
    n_pages, width, height = (int(sheet.info[name]) for name in ("pages", "width", "height"))
    corners = [((place % COLUMNS) * (width + GAP), (place // COLUMNS) * (height + GAP)) for place in range(n_pages)]
    coloured = sheet.convert("RGB")
    return [coloured.crop((left, top, left + width, top + height)) for left, top in corners]


def changed_share(one: Image.Image, other: Image.Image) -> float:
    """Share of the pixels that differ visibly once letters are blurred."""
    if one.size != other.size:
        return 1.0
    first, second = (_blurred(page) for page in (one, other))
    return float((np.abs(first - second).max(axis=2) > VISIBLE).mean())


def _blurred(page: Image.Image) -> NDArray[np.float64]:
    return np.asarray(page.filter(ImageFilter.GaussianBlur(BLUR)), dtype=np.float64)


def _simulated(instrument_id: str, n: int, *, seed: int) -> pipeline.Findings:
    instrument = load_instrument(instrument_id)
    population = Population(levels={"expectation": 0.86, "perception": 0.70, "minimum": 0.6, "desired": 0.88})
    codes = simulate_codes(instrument, n, population, seed=seed)
    return pipeline.Findings(**vars(pipeline.answers.report_answers(_table(instrument, codes), None)))


def _table(instrument: object, codes: NDArray[np.int16]) -> AnswerTable:
    return AnswerTable(instrument=instrument, codes=codes, source="answers.csv", source_sha256="0" * 64)  # type: ignore[arg-type]  # an Instrument
