"""Write the example of docs/studies.md: a simulated gaps study of an invented group of clinics with twelve sites."""

from __future__ import annotations

import csv
import sys
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from servq.instruments import load_instrument
from servq.simulate import Population, simulate_codes

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "examples" / "gaps-study"

SITES = {
    "Birch Lane": 0.05, "Canal Street": -0.06, "Elm Court": 0.02, "Harbour View": -0.03, "Hill Park": 0.06,
    "Lake Road": -0.01, "Market Square": -0.07, "Mill Brook": 0.03, "North Gate": -0.04, "Old Bridge": 0.0,
    "Station Road": -0.05, "West Field": 0.04,
}  # fmt: skip
"""How much better or worse things go at a site, as a share of the scale."""

POINTS = {"tangibles": 11, "reliability": 32, "responsiveness": 22, "assurance": 19, "empathy": 16}


@dataclass(frozen=True)
class Audience:
    """Who answers what: respondents at each site and what is true of them."""

    name: str
    instrument: str
    n_per_site: int
    population: Population
    follows_site: tuple[str, ...]
    seed: int


AUDIENCES = (
    Audience(
        "customers", "gaps-customers", 22,
        Population(
            levels={"expectation": 0.87, "perception": 0.70},
            shifts={"perception": {"reliability": -0.09, "responsiveness": -0.05, "tangibles": 0.07}},
            points=POINTS, blank=0.006, not_applicable=0.006,
        ),
        ("perception",), 11,
    ),
    Audience(
        "managers", "gaps-managers", 5,
        Population(
            levels={"belief": 0.85, "standards": 0.58, "conditions": 0.56},
            shifts={
                "belief": {"tangibles": 0.06, "reliability": -0.10, "responsiveness": -0.04},
                "conditions": {"upward_communication": -0.20, "levels_of_management": -0.16, "goal_setting": -0.04},
            },
            points=POINTS | {"tangibles": 22, "reliability": 22, "assurance": 18},
            sd=0.14, blank=0.004, not_applicable=0.004,
        ),
        ("standards",), 21,
    ),
    Audience(
        "personnel", "gaps-personnel", 9,
        Population(
            levels={"delivery": 0.62, "communication": 0.43, "conditions": 0.57},
            shifts={"conditions": {"horizontal_communication": -0.22, "propensity_to_overpromise": -0.18}},
            sd=0.15, blank=0.006, not_applicable=0.004,
        ),
        ("delivery", "communication"), 31,
    ),
)  # fmt: skip


def rows(audience: Audience) -> list[list[str]]:
    """Header and answers of one audience; blanks where there is no answer."""
    instrument = load_instrument(audience.instrument)
    found = [["site", *(instrument.column_name(column) for column in instrument.columns)]]
    for position, (site, better) in enumerate(SITES.items()):
        levels = {
            battery: level + (better if battery in audience.follows_site else 0.0)
            for battery, level in audience.population.levels.items()
        }
        population = replace(audience.population, levels=levels)
        codes = simulate_codes(instrument, audience.n_per_site, population, audience.seed + 100 * position)
        found += [[site, *("" if code < 0 else str(code) for code in row)] for row in np.asarray(codes)]
    return found


def write(folder: Path) -> None:
    """Write one CSV file per audience."""
    folder.mkdir(parents=True, exist_ok=True)
    for audience in AUDIENCES:
        with (folder / f"{audience.name}.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows(rows(audience))


if __name__ == "__main__":
    write(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER)
