"""Validity on the page: a part for researchers at the end, and doubts beside the scores.

1. A note stands in the row of its dimension, in the reader's language.
2. Every salient loading is bold and no other; every number of the fit is there.
3. A reason is said once, and an analysis of few respondents still renders.
4. The part comes after everything that a manager reads.
"""

from __future__ import annotations

import re
from functools import cache

import numpy as np

from servq.analysis import AnalysisOptions, analyse
from servq.analysis.findings import Findings, Unavailable
from servq.analysis.validity_findings import Confirmation, Exploration, FactorLoadings, Validity
from servq.instruments import load_instrument
from servq.reporting import make_context, render_html
from servq.scoring import AnswerTable
from servq.simulate import Population, simulate_codes

SERVQUAL = load_instrument("servqual")


@cache
def found(n: int, locale: str = "en") -> Findings:
    """Findings in which item 6 measures something else than its dimension."""
    codes = simulate_codes(SERVQUAL, n, Population(blank=0, not_applicable=0), 4)
    stray = [tuple(column) for column in SERVQUAL.columns].index(("perception", "rel_6"))
    codes[:, stray] = np.random.default_rng(2).integers(1, 8, n)
    return analyse(AnswerTable(instrument=SERVQUAL, codes=codes), AnalysisOptions(locale=locale))


def section_of(html: str, name: str) -> str:
    part = re.search(rf'<section id="{name}".*?</section>', html, re.DOTALL)
    assert part
    return part.group()


def row_of(html: str, name: str) -> str:
    return next(row for row in re.findall(r"<tr>.*?</tr>", html, re.DOTALL) if f">{name}<" in row)


def test_a_note_stands_in_the_row_of_its_dimension() -> None:
    html = section_of(render_html(found(600)), "dimensions")
    assert "Perception: Item 6 does not load with the others." in row_of(html, "Reliability")
    assert "does not load" not in row_of(html, "Empathy")
    german = section_of(render_html(found(600, "de")), "dimensions")
    assert "Wahrnehmung: Item 6 lädt nicht mit den übrigen." in row_of(german, "Zuverlässigkeit")


def test_salient_loadings_are_bold_and_no_others() -> None:
    findings = found(600)
    html = section_of(render_html(findings), "validity")
    tables = [part for part in html.split("<figure")[1:] if "Loadings on 5 factors" in part]
    assert isinstance(findings.validity, Validity)
    assert len(tables) == len(findings.validity.blocks) == 2
    for block, table in zip(findings.validity.blocks, tables, strict=True):
        assert isinstance(block.exploration, Exploration)
        assert isinstance(block.exploration.loadings, FactorLoadings)
        salient = sum(sum(item.salient) for item in block.exploration.loadings.items)
        assert table.count('class="n strong"') == salient > 0
        assert table.count('scope="row"') == 22 + 1


def test_the_fit_is_printed_with_its_interval() -> None:
    findings = found(600)
    assert isinstance(findings.validity, Validity)
    confirmation = findings.validity.blocks[0].confirmation
    assert isinstance(confirmation, Confirmation)
    html = section_of(render_html(findings), "validity")
    fit = confirmation.fit
    for number in (fit.cfi, fit.tli, fit.rmsea, fit.srmr):
        assert f">{number:.3f}</td>" in html
    assert f"{fit.rmsea_ci_low:.3f} to {fit.rmsea_ci_high:.3f}" in html


def test_each_reason_is_said_once_for_a_battery() -> None:
    findings = found(90)
    html = section_of(render_html(findings), "validity")
    assert isinstance(findings.validity, Validity)
    for part in (findings.validity.blocks[0].exploration, findings.validity.blocks[0].confirmation):
        assert isinstance(part, Unavailable)
        assert html.count(part.reason) == len(findings.validity.blocks)


def test_the_part_for_researchers_comes_last() -> None:
    section = make_context(found(600)).sections[-1]
    assert (section.id, section.title) == ("validity", "For researchers: validity")
