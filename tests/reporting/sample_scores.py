"""Findings of instruments with scores beyond gaps and means, analysed from simulated answers."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np

from operations.service_contacts import simulated
from servq.analysis import AnalysisOptions, analyse
from servq.analysis.findings import Findings
from servq.instruments import load_instrument
from servq.operations.findings import OperationsOptions, measure_operations
from servq.scoring import AnswerTable, Missing
from servq.scoring.routing import apply_skip_rules
from servq.simulate import Population, simulate_codes


def _answers(name: str, n: int, population: Population, **facts: object) -> AnswerTable:
    instrument = load_instrument(name)
    codes = apply_skip_rules(instrument, simulate_codes(instrument, n, population, seed=11).astype(np.int16))
    return AnswerTable(instrument=instrument, codes=codes, source=f"{name}.csv", **facts)  # type: ignore[arg-type]  # attributes


@cache
def tolerance() -> Findings:
    """Reliability below the zone, tangibles near its top, a site too small to be shown."""
    population = Population(
        levels={"minimum": 0.55, "perceived": 0.7, "desired": 0.85},
        shifts={"perceived": {"reliability": -0.25, "tangibles": 0.12}},
    )
    sites = np.array(["north"] * 120 + ["south"] * 70 + ["pier"] * 3, dtype=np.object_)
    return analyse(_answers("servqual-1994", 193, population, attributes={"site": sites}))


@cache
def kano() -> Findings:
    """Attributes of every class, one that cannot be told, and one that too few answered; in German."""
    answers = _answers("kano", 160, Population(blank=0.01))
    random = np.random.default_rng(5)
    half = len(answers.instrument.asked_in("functional"))
    pairs = [(1, 5), (1, 3), (3, 5), (3, 3), (5, 1), (1, 1)]
    for position in range(half - 1):
        usual = pairs[position % len(pairs)]
        chosen = random.random(160) < (0.75 if position % 5 else 0.35)
        answers.codes[chosen, position], answers.codes[chosen, half + position] = usual
    answers.codes[3:, half - 1] = Missing.SKIPPED
    return analyse(answers, AnalysisOptions(locale="de", organisation="Hafenhotels"))


@cache
def indices() -> Findings:
    """A satisfaction index with its path diagram and map, by region, beside service contacts."""
    regions = np.array(["coast", "valley"] * 110, dtype=np.object_)
    population = Population(between=0.6, blank=0.004, not_applicable=0.003)
    found = analyse(_answers("ecsi", 220, population, attributes={"region": regions}))
    contacts = simulated(200, sites=("North", "South", "Pier"))
    return replace(found, operations=measure_operations(contacts, OperationsOptions(by=("site",))))


@cache
def checklist() -> Findings:
    """Visits by two assessors a site, with evidence; in German."""
    n = 60
    attributes = {
        "site": np.repeat([f"Filiale {i}" for i in range(n // 2)], 2).astype(np.object_),
        "assessor": np.array(["A", "B"] * (n // 2), dtype=np.object_),
    }
    instrument = load_instrument("mystery-shopping")
    asked = [item.id for item in instrument.definition.items if item.evidence is not None]
    population = Population(levels={"observed": 0.8, "rated": 0.65}, not_applicable=0.05)
    answers = _answers("mystery-shopping", n, population, attributes=attributes, evidence=dict.fromkeys(asked, 41))
    # what the second assessor saw is mostly what the first saw
    same = np.random.default_rng(2).random(answers.codes[1::2].shape) < 0.7
    answers.codes[1::2] = np.where(same, answers.codes[0::2], answers.codes[1::2])
    return analyse(answers, AnalysisOptions(locale="de"))


@cache
def loyalty() -> Findings:
    """Loyalty by effort and by first-contact resolution, complaints beside it, a previous wave of changed wording."""
    answers = _answers("loyalty-intentions", 240, Population())
    return analyse(
        answers, previous=_answers("loyalty-intentions", 150, Population(levels={"loyalty_intentions": 0.6}))
    )
