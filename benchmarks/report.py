"""Measures reports of SERVQUAL from a CSV file to the PDF: a full one of 40 sites, an executive one, and all sites.

Run from the root of the project: ``python benchmarks/report.py``. CPU seconds are split by step; the first report of a
process also pays for imports and fonts, the following ones do not. The reports of all sites are made in two processes.
"""

from __future__ import annotations

import argparse
import resource
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

FULL_BUDGET_SECONDS, EXECUTIVE_BUDGET_SECONDS, MEMORY_BUDGET_MB = 15.0, 4.0, 600
SITES_BUDGET_SECONDS = 120.0
STEPS = ("imports", "reading and statistics", "charts", "layout", "writing")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--respondents", type=int, default=5_000)
    parser.add_argument("--sites", type=int, default=40)
    parser.add_argument("--repeats", type=int, default=2, help="warm reports; the quickest counts")
    given = parser.parse_args()

    start = process_time()
    import weasyprint  # noqa: F401 - its import is what is measured

    import servq.pipeline
    import servq.reporting  # noqa: F401 - the same

    imports = process_time() - start
    with tempfile.TemporaryDirectory() as folder:
        now, before = Path(folder) / "now.csv", Path(folder) / "before.csv"
        write_answers(now, given.respondents, given.sites, seed=1)
        write_answers(before, given.respondents, given.sites, seed=2)
        cold = {"imports": imports, **one_report(now, before, "full")}
        warm = quickest(given.repeats, lambda: one_report(now, before, "full"))
        executive = quickest(given.repeats, lambda: one_report(now, before, "executive"))
        # what the operating system counts is the most that there ever was, so it is read before the processes begin
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        n_reports, wall = all_sites(now, before)
    print(f"{given.respondents:,} respondents at {given.sites} sites, with the wave before")
    print(f"{'CPU seconds':<24}{'full, cold':>12}{'full, warm':>12}{'executive':>12}")
    for step in STEPS:
        print(f"{step:<24}{cold[step]:>12.2f}{warm.get(step, 0.0):>12.2f}{executive.get(step, 0.0):>12.2f}")
    ratios = {
        "full report, warm": sum(warm.values()) / FULL_BUDGET_SECONDS,
        "executive report, warm": sum(executive.values()) / EXECUTIVE_BUDGET_SECONDS,
        "peak memory": peak / MEMORY_BUDGET_MB,
        f"{n_reports} site reports, wall": wall / SITES_BUDGET_SECONDS,
    }
    print(f"{'total':<24}{sum(cold.values()):>12.2f}{sum(warm.values()):>12.2f}{sum(executive.values()):>12.2f}")
    print(f"peak memory {peak:.0f} MB; {n_reports} site reports in {wall:.1f} s")
    for name, ratio in ratios.items():
        print(f"{name} / budget: {ratio:.2f}")
    return 0 if max(ratios.values()) <= 1 else 1


def quickest(repeats: int, work: Callable[[], dict[str, float]]) -> dict[str, float]:
    return min((work() for _ in range(repeats)), key=lambda spent: sum(spent.values()))


def one_report(now: Path, before: Path, kind: Any) -> dict[str, float]:
    from servq import pipeline
    from servq.reporting import ReportForm, attached_findings, make_context, pdf

    spent: dict[str, float] = {}

    def timed(step: str, work: Callable[[], Any]) -> Any:
        begun = process_time()
        result = work()
        spent[step] = process_time() - begun
        return result

    findings = timed(
        "reading and statistics", lambda: pipeline.analyze(now, "servqual", segments="site", previous=before)
    )
    context = timed("charts", lambda: make_context(findings, ReportForm(kind=kind)))
    document = timed("layout", lambda: pdf.lay_out_report(context))
    timed("writing", lambda: pdf.write_document(document, attachments=attached_findings(findings)))
    return spent


def all_sites(now: Path, before: Path) -> tuple[int, float]:
    from servq.pipeline.files import plan_site_reports
    from servq.pipeline.sites import print_sites
    from servq.reporting import ReportForm

    begun = perf_counter()
    plan = plan_site_reports(now, "servqual", previous=before)
    printed = list(print_sites(plan.works, ReportForm(kind="site")))
    return len(printed), perf_counter() - begun


def write_answers(path: Path, n_respondents: int, n_sites: int, *, seed: int) -> None:
    from servq.instruments import load_instrument
    from servq.simulate import Population, simulate_codes

    instrument = load_instrument("servqual")
    with path.open("w", encoding="utf-8") as file:
        file.write(",".join([*(instrument.column_name(column) for column in instrument.columns), "site"]) + "\n")
        for site in range(n_sites):
            population = Population(levels={"expectation": 0.86, "perception": 0.70 + 0.002 * site})
            codes = simulate_codes(instrument, n_respondents // n_sites, population, seed=seed * 1000 + site)
            for row in codes.tolist():
                file.write(",".join([*(str(code) if code >= 0 else "" for code in row), f"Site {site + 1:02d}"]) + "\n")


if __name__ == "__main__":
    sys.exit(main())
