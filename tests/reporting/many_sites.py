"""A file of simulated answers to SERVQUAL from several sites."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from servq.instruments import load_instrument
from servq.simulate import Population, simulate_codes


def write_answers(path: Path, sites: Mapping[str, int], *, seed: int = 1) -> None:
    """Write answers of that many guests of each site; the sites differ a little."""
    instrument = load_instrument("servqual")
    with path.open("w", encoding="utf-8") as file:
        file.write(",".join([*(instrument.column_name(column) for column in instrument.columns), "site"]) + "\n")
        for place, (site, n) in enumerate(sites.items()):
            population = Population(
                levels={"expectation": 0.86, "perception": 0.70 + 0.02 * (place % 5)},
                shifts={"perception": {"reliability": -0.08}},
                points={"tangibles": 11, "reliability": 32, "responsiveness": 22, "assurance": 19, "empathy": 16},
            )
            for row in simulate_codes(instrument, n, population, seed=seed * 1000 + place).tolist():
                file.write(",".join([*(str(code) if code >= 0 else "" for code in row), site]) + "\n")
