"""Measures a quality report: 2,000 simulated respondents to the 44 ratings of SERVQUAL, from a CSV file to the PDF.

Run from the root of the project: ``python benchmarks/report.py``. CPU seconds are split by step; the first report of a
process also pays for imports and fonts, the following ones do not.
"""

from __future__ import annotations

import argparse
import resource
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import process_time
from typing import Any

CPU_BUDGET_SECONDS, MEMORY_BUDGET_MB = 8.0, 400
STEPS = ("imports", "reading and statistics", "charts", "templates", "layout", "writing")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--respondents", type=int, default=2_000)
    parser.add_argument("--repeats", type=int, default=3, help="warm reports; the quickest counts")
    parser.add_argument("--paper", choices=["a4", "letter"], default="a4")
    given = parser.parse_args()

    start = process_time()
    import weasyprint  # noqa: F401 - its import is what is measured

    from servq import pipeline
    from servq.reporting import make_context, pdf, render_context

    imports = process_time() - start
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "answers.csv"
        write_answers(data, given.respondents)

        def one_report() -> dict[str, float]:
            spent: dict[str, float] = {}

            def timed(step: str, work: Callable[[], Any]) -> Any:
                begun = process_time()
                result = work()
                spent[step] = process_time() - begun
                return result

            findings = timed("reading and statistics", lambda: pipeline.analyze(data, "servqual"))
            context = timed("charts", lambda: make_context(findings, paper=given.paper))
            html = timed("templates", lambda: render_context(context))
            document = timed("layout", lambda: pdf.lay_out(html))
            timed("writing", lambda: pdf.write_document(document))
            return spent

        cold = {"imports": imports, **one_report()}
        warm = min((one_report() for _ in range(given.repeats)), key=lambda spent: sum(spent.values()))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return report(cold, {"imports": 0.0, **warm}, peak)


def write_answers(path: Path, n_respondents: int) -> None:
    from servq.instruments import load_instrument
    from servq.simulate import Population, simulate_codes

    instrument = load_instrument("servqual")
    population = Population(levels={"expectation": 0.86, "perception": 0.74})
    codes = simulate_codes(instrument, n_respondents, population, seed=1)
    with path.open("w", encoding="utf-8") as file:
        file.write(",".join(instrument.column_name(column) for column in instrument.columns) + "\n")
        for row in codes.tolist():
            file.write(",".join(str(code) if code >= 0 else "" for code in row) + "\n")


def report(cold: dict[str, float], warm: dict[str, float], peak: float) -> int:
    print(f"{'CPU seconds':<24}{'cold':>8}{'warm':>8}")
    for step in STEPS:
        print(f"{step:<24}{cold[step]:>8.2f}{warm[step]:>8.2f}")
    total = sum(warm.values())
    print(f"{'total':<24}{sum(cold.values()):>8.2f}{total:>8.2f}")
    print(f"warm total / budget of {CPU_BUDGET_SECONDS:g} s: {total / CPU_BUDGET_SECONDS:.2f}")
    print(f"peak memory {peak:.0f} MB / budget of {MEMORY_BUDGET_MB} MB: {peak / MEMORY_BUDGET_MB:.2f}")
    return 0 if total <= CPU_BUDGET_SECONDS and peak <= MEMORY_BUDGET_MB else 1


if __name__ == "__main__":
    sys.exit(main())
