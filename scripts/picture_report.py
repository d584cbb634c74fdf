"""Takes the picture of a report page that the README shows, from a real report on simulated guests.

Run from the root of the project: ``python scripts/picture_report.py docs/images/report.png``. Needs poppler's
``pdftoppm``.
"""

from __future__ import annotations

import argparse
import subprocess
import tempfile
from pathlib import Path

from servq.analysis import AnalysisOptions, analyse
from servq.instruments import load_instrument
from servq.reporting import write_pdf
from servq.scoring import AnswerTable
from servq.simulate import Population, simulate_codes

GUESTS = Population(
    levels={"expectation": 0.86, "perception": 0.76},
    shifts={
        "expectation": {"tangibles": -0.10, "reliability": 0.04},
        "perception": {"reliability": -0.07, "assurance": 0.08, "empathy": 0.04},
    },
    points={"reliability": 32, "responsiveness": 22, "assurance": 19, "empathy": 16, "tangibles": 11},
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("target", type=Path, help="PNG file to write")
    parser.add_argument("--page", type=int, default=2, help="page of the report; 2 is the summary")
    parser.add_argument("--width", type=int, default=1200, help="in pixels")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        pdf = Path(folder) / "report.pdf"
        write_pdf(analyse(guests(), AnalysisOptions(title="Guest survey", organisation="Harbour Hotels")), pdf)
        stem = given.target.with_suffix("")
        given.target.parent.mkdir(parents=True, exist_ok=True)
        page = str(given.page)
        size = ["-scale-to-x", str(given.width), "-scale-to-y", "-1"]
        subprocess.run(
            ["pdftoppm", "-png", "-singlefile", "-f", page, "-l", page, *size, str(pdf), str(stem)], check=True
        )
    print(f"Wrote {stem}.png")


def guests() -> AnswerTable:
    instrument = load_instrument("servqual")
    return AnswerTable(
        instrument=instrument, codes=simulate_codes(instrument, 412, GUESTS, seed=1), source="simulated guests"
    )


if __name__ == "__main__":
    main()
