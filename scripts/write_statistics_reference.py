"""Writes docs/statistics.md: every public statistic, what it is compared with, and how closely it agrees.

The numbers are measured by the tests themselves (tests/agreement.py) and kept in docs/statistics-agreement.json, from
which the page is written. Measuring needs the folder of data sets that SERVQ_GOLDEN_DIR names; ``--recorded`` writes
the page anew from what was measured last, after a docstring has changed.
"""

from __future__ import annotations

import inspect
import json
import math
import os
import platform
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import servq.statistics

ROOT = Path(__file__).resolve().parents[1]
TARGET = ROOT / "docs" / "statistics.md"
RECORD = ROOT / "docs" / "statistics-agreement.json"
TESTS = ROOT / "tests" / "statistics"
AGREEMENT_VARIABLE = "SERVQ_AGREEMENT_FILE"
DATA_VARIABLE = "SERVQ_GOLDEN_DIR"
MEASURES = ("relative", "absolute")

TOPICS: dict[str, tuple[str, ...]] = {
    "One pass": ("Moments.of", "Moments.merge", "point_counts", "pairwise_counts", "one_pass", "score_mean"),
    "Reliability": (
        *("cronbach_alpha", "standardized_alpha", "item_diagnostics", "mcdonald_omega", "omega_hierarchical"),
        *("guttman_lambda2", "guttman_lambda6", "split_half", "polychoric_correlation", "ordinal_alpha"),
        *("difference_score_reliability", "compare_alphas", "difference_reliability_from"),
    ),
    "Validity": (
        *("kmo", "bartlett_sphericity", "parallel_analysis", "minimum_average_partial", "exploratory_factor_analysis"),
        *("confirmatory_factor_analysis", "composite_reliability", "average_variance_extracted", "htmt"),
        *("fornell_larcker", "measurement_invariance"),
    ),
    "Comparison": (
        *("one_sample", "paired_comparison", "welch_t_test", "mann_whitney", "anova", "welch_anova", "games_howell"),
        *("pairwise_comparisons", "cohens_d", "cohens_dz", "hedges_g", "cliffs_delta", "eta_squared", "omega_squared"),
        *("chi_square", "cramers_v", "mean_interval", "mean_interval_from", "one_sample_from"),
        *("paired_comparison_from", "welch_t_test_from", "adjust_p_values", "with_adjusted_p"),
    ),
    "Metrics": (
        *("net_promoter_score", "net_promoter_difference", "top_box", "wilson_interval", "newcombe_interval"),
        *("customer_effort_score", "net_promoter_score_from"),
    ),
    "Agreement": ("intraclass_correlation", "cohen_kappa", "fleiss_kappa", "kendall_w"),
    "Drivers": (
        *("regression_drivers", "lmg_importance", "johnson_weights", "importance_performance", "penalty_reward"),
        *("importance_intervals", "kano_categories"),
    ),
    "Paths": ("pls_path_model", "plsc", "ecsi_index", "construct_importance_performance"),
    "Answer quality": (
        *("longstring", "intra_individual_variability", "even_odd_consistency", "psychometric_synonyms"),
        *("mahalanobis", "guttman_errors", "speeding", "answer_quality"),
    ),
    "Weighting and planning": (
        *("weighted_mean", "rake", "design_effect", "effective_sample_size", "required_sample_size", "power"),
        *("response_rate", "estimated_eligibility"),
    ),
    "Trend": (
        *("p_chart", "xbar_chart", "change_since", "compare_sites", "rank_sites"),
        *("xbar_chart_from", "compare_sites_from", "rank_sites_from"),
    ),
    "Zone of tolerance": ("service_adequacy", "service_superiority", "zone_of_tolerance"),
    "Reading answers": ("as_items", "as_vector", "complete_rows"),
}
"""Public functions in the order of the page; what is exported and not named here ends under `FURTHER`."""

FURTHER = "Further functions"

CHECKED_OTHERWISE: dict[str, tuple[str, str, str]] = {
    "Moments.of": ("numpy", "moments", "moments_are_those_of_the_complete_rows"),
    "Moments.merge": ("property", "moments", "merged_parts_are_the_whole"),
    "point_counts": ("by hand", "moments", "points_are_counted_for_each_item"),
    "pairwise_counts": ("by hand", "moments", "pairs_of_answers_are_counted"),
    "one_pass": ("numpy", "one_pass", "all_scores_are_those_of_the_respondents_one_by_one"),
    "difference_reliability_from": ("property", "reliability_comparison", "joint_moments_do_as_well_as_answers"),
    "mean_interval_from": ("property", "comparison", "summaries_give_what_the_values_give"),
    "one_sample_from": ("property", "comparison", "summaries_give_what_the_values_give"),
    "paired_comparison_from": ("property", "comparison", "summaries_give_what_the_values_give"),
    "with_adjusted_p": ("property", "adjustment", "comparisons_of_a_family_carry_their_adjusted_p_values"),
    "importance_performance": ("simulation", "drivers", "the_map_claims_a_quadrant_only_where_both_intervals_do"),
    "importance_intervals": ("simulation", "importance_intervals", "the_intervals_cover_the_shares_of_the_population"),
    "kano_categories": ("published table", "drivers", "kano_pairs_are_classed_by_the_published_table"),
    "guttman_errors": ("counting", "answer_quality", "guttman_errors_are_the_pairs_counted_one_by_one"),
    "speeding": ("by hand", "answer_quality", "speed_is_judged_only_where_it_was_measured"),
    "answer_quality": ("simulation", "answer_quality", "careless_respondents_are_flagged_and_nobody_is_removed"),
    "design_effect": ("closed form", "weighting", "kish_by_hand"),
    "effective_sample_size": ("closed form", "weighting", "kish_by_hand"),
    "response_rate": ("closed form", "response_rates", "each_rate_is_that_of_its_published_formula"),
    "estimated_eligibility": ("closed form", "response_rates", "eligibility_is_that_of_the_resolved_cases"),
    "xbar_chart": ("closed form", "trend", "the_x_bar_chart_uses_the_unbiased_pooled_spread"),
    "xbar_chart_from": ("closed form", "trend", "the_x_bar_chart_uses_the_unbiased_pooled_spread"),
    "change_since": ("property", "trend", "the_change_is_current_less_previous"),
    "compare_sites": ("property", "trend", "each_site_is_compared_with_all_others_and_adjusted_over_the_sites"),
    "compare_sites_from": ("property", "trend", "each_site_is_compared_with_all_others_and_adjusted_over_the_sites"),
    "rank_sites": ("simulation", "trend", "the_ranks_of_all_sites_hold_together_as_often_as_they_say"),
    "rank_sites_from": ("simulation", "trend", "the_ranks_of_all_sites_hold_together_as_often_as_they_say"),
    "as_items": ("property", "matrix", "the_same_answers_in_any_container_become_the_same_numbers"),
    "as_vector": ("property", "matrix", "a_vector_is_read_from_any_container"),
    "complete_rows": ("by hand", "matrix", "complete_rows_drops_rows_with_a_blank_and_nothing_else"),
}
"""How functions without a reference implementation are checked: kind, module and name of the test."""

INTRODUCTION = """\
# Statistics: reference and agreement

`servq.statistics` takes array-likes and frames and returns frozen dataclasses with unrounded numbers. This page lists
every public function, its equivalent in R (or its source), and how closely its numbers agree with an independent
reference. `scripts/write_statistics_reference.py` writes it from the docstrings and from what the tests measure;
`help(servq.statistics.NAME)` has the parameters, the errors and a runnable example.

## Conventions

- **Answers** have the shape (n_respondents, n_items); NaN, None and null are missing. Scales, factor models and path
  models use complete rows only, tests and effects what they need (values, or pairs of values); each docstring says it,
  and every estimate has its own `n`. Nothing is imputed.
- **Reverse-keyed items** are reversed before they are handed over. A difference is first − second, current − previous,
  perception − expectation; a negative gap is a shortfall.
- **Degenerate input** (nobody, one respondent, a constant item, perfect correlation, a singular matrix) gives an
  estimate with a caveat, or `NotEstimable` with the reason. What does not exist for one part of a result is None. A
  wrong call is `InvalidArgument`. The indices of careless answering are NaN for a respondent who has too few answers;
  nothing else is NaN, and nothing warns or prints.
- **Caveats** are data (`Estimate.caveats`): respondents left out, Heywood cases, searches without an end, small
  samples, intervals that cannot be trusted.
- **Intervals** cover 95 % unless `confidence_level` says otherwise and are not adjusted for several comparisons;
  p-values of a family are (`p_adjusted`).
- **Chance** (bootstrap, parallel analysis, sampled splits) has a `seed`: the same call gives the same numbers.

## How agreement is measured

The tests compare servq with numbers from other software: R 4.2 with the packages listed in
[tests/golden](../tests/golden/README.md), a second Python library, or a printed table. Below, *relative* is the
largest |servq − reference| / |reference| over all numbers compared, *absolute* the largest |servq − reference| where
numbers are judged so (a number near 0 has no useful relative difference), and *limit* is what the test allows: 1e-8 for
closed forms, 1e-5 for iterated fits, more only where the reference itself stops earlier or draws at random. No expected
number was made by servq. Functions without a reference implementation name the test that checks them instead; no
agreement is claimed for them.
"""

LIMITS = """\
## Known limits

- Confirmatory models are fitted by normal-theory maximum likelihood with list-wise deletion; there is no robust (MLR),
  weighted (WLSMV), GLS, ULS or full-information estimator. lavaan stops a little before the maximum: servq's χ² is
  never the larger one, and estimates differ by up to 3e-5.
- Exploratory factors follow psych, also where `stats::promax` or a Kaiser-normalised oblimin would differ; near a
  Heywood case both searches end up to 2e-5 apart.
- Polychoric correlations are two-step estimates; the R packages agree with each other to 4e-5 only.
- The intervals of omega, alpha, gaps and net promoter scores are checked by simulation (`make bench`): 3,000 samples a
  case, coverage between 93.5 and 96.5 %, for normal answers. Discrete and skewed answers are reported there, not gated.
- The bounds of η², ω², V, dz and Fleiss's kappa have no golden numbers: the tests solve the noncentral distributions by
  another route, or check properties. The one golden ω² is cut at 0. Cohen's kappa and Kendall's W are compared with
  Python libraries, not with R.
- `lmg_importance` takes up to 16 drivers, `split_half` all splits up to 16 items, `polychoric_correlation` items of up
  to 20 points.
- Survey weights enter `weighted_mean` and what is built on it; reliability, factor and rank tests are unweighted.
- `guttman_errors` does not hold tied steps against each other, unlike mokken, which orders them by item.
"""


def page(record: dict[str, Any]) -> str:
    """Text of the page from what was measured and from the docstrings."""
    measured: dict[str, list[dict[str, Any]]] = {}
    for entry in record["agreement"]:
        measured.setdefault(entry["function"], []).append(entry)
    lines = [INTRODUCTION, f"Measured with {record['measured_with']}.", ""]
    for topic, names in _topics().items():
        lines += [
            f"## {topic}",
            "",
            "| Function | In R, or source | Compared with: largest difference |",
            "|---|---|---|",
        ]
        for name in names:
            lines.append(
                f"| `{name}`<br>{_summary(name)} | {_equivalent(name)} | {_checks(name, measured.get(name))} |"
            )
        lines.append("")
    return "\n".join([*lines, LIMITS])


def public_functions() -> list[str]:
    """Public functions of the package, and the two ways to make `Moments`."""
    names = servq.statistics.__all__
    return [
        "Moments.of",
        "Moments.merge",
        *(name for name in names if inspect.isfunction(getattr(servq.statistics, name))),
    ]


def measure() -> dict[str, Any]:
    """Run the tests that compare with a reference and collect the largest differences."""
    if not os.environ.get(DATA_VARIABLE):
        sys.exit(f"Set {DATA_VARIABLE} to the folder of the data sets, or use --recorded.")
    files = [
        str(path)
        for path in sorted(TESTS.glob("test_*.py"))
        if "from agreement import" in path.read_text(encoding="utf-8")
    ]
    with tempfile.TemporaryDirectory() as folder:
        kept = Path(folder) / "agreement.jsonl"
        subprocess.run(
            [sys.executable, "-m", "pytest", "--quiet", "--hypothesis-seed=0", *files],
            env={**os.environ, AGREEMENT_VARIABLE: str(kept)},
            cwd=ROOT,
            check=True,
        )
        comparisons = [json.loads(line) for line in kept.read_text(encoding="utf-8").splitlines()]
    libraries = ", ".join(f"{name} {version(name)}" for name in ("numpy", "scipy"))
    return {
        "measured_with": f"Python {platform.python_version()}, {libraries}",
        "agreement": list(_largest(comparisons)),
    }


def _largest(comparisons: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    groups: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for one in comparisons:
        groups.setdefault((one["function"], one["reference"]), []).append(one)
    for (function, reference), members in sorted(groups.items(), key=lambda group: group[0][0]):
        entry: dict[str, Any] = {
            "function": function,
            "reference": reference,
            "data": sorted({one["data"] for one in members}),
        }
        for measure in MEASURES:
            found = [one for one in members if one[measure] is not None]
            if found:
                entry[measure] = _two_digits(max(one[measure] for one in found))
                entry[f"{measure}_tolerance"] = _two_digits(max(one[f"{measure}_tolerance"] for one in found))
        yield entry


def _two_digits(number: float) -> float:
    return float(f"{number:.1e}")


def _topics() -> dict[str, list[str]]:
    exported = public_functions()
    topics = {topic: [name for name in names if name in exported] for topic, names in TOPICS.items()}
    listed = {name for names in topics.values() for name in names}
    topics[FURTHER] = [name for name in exported if name not in listed]
    return {topic: names for topic, names in topics.items() if names}


def _documentation(name: str) -> str:
    target = servq.statistics
    for part in name.split("."):
        target = getattr(target, part)
    return inspect.getdoc(target) or ""


def _summary(name: str) -> str:
    return _cell(_documentation(name).splitlines()[0])


def _equivalent(name: str) -> str:
    text = _documentation(name)
    marker = re.search(r"\bR(?:\s+equivalents?)?:\s+", text)
    if not marker:
        sibling = re.search(r"(?:see|as in|as for|As) `(\w+)`", text)
        return f"as `{sibling[1]}`" if sibling else "–"
    equivalent = _first_sentence(text[marker.end() :])
    source = re.search(r"\bSources?:\s+(.*?)\.?(?:\s+R\s+equivalent|\n\n|\Z)", text, re.DOTALL)
    if equivalent.startswith("none") and source:
        equivalent += f"; {source[1]}"
    return _cell(equivalent.rstrip("."))


def _first_sentence(text: str) -> str:
    """Up to the first full stop outside code."""
    parts = text.split("``")
    for position in range(0, len(parts), 2):
        end = re.search(r"\.(?=\s[A-Z])|\.?\n\n", parts[position])
        if end:
            return "``".join([*parts[:position], parts[position][: end.start()]])
    return text


def _checks(name: str, entries: list[dict[str, Any]] | None) -> str:
    if entries:
        return "<br>".join(_cell(line) for line in _agreements(entries))
    if name not in CHECKED_OTHERWISE:
        return "–"
    kind, module, test = CHECKED_OTHERWISE[name]
    return f"no reference; {kind}: *{test.replace('_', ' ')}* ([test](../tests/statistics/test_{module}.py))"


def _agreements(entries: list[dict[str, Any]]) -> Iterator[str]:
    """One line for all parts of a result that a package gives and that have the same limit."""
    lines: dict[tuple[object, ...], list[tuple[str, dict[str, Any]]]] = {}
    for entry in entries:
        name, part = re.fullmatch(r"(.*?)(?: \(([^()]*)\))?", entry["reference"]).groups(default="")  # type: ignore[union-attr]  # matches every text
        limits = tuple(entry.get(f"{measure}_tolerance") for measure in MEASURES)
        lines.setdefault((name, bool(part), *limits), []).append((part, entry))
    for (name, *_), members in lines.items():
        parts = ", ".join(dict.fromkeys(word for part, _ in members for word in part.split(", ")))
        data = ", ".join(sorted({one for _, entry in members for one in entry["data"]}))
        differences = ", ".join(
            f"{_power(max(entry[measure] for _, entry in members))} {measure} "
            f"(limit {_power(members[0][1][f'{measure}_tolerance'])})"
            for measure in MEASURES
            if measure in members[0][1]
        )
        yield f"{name} ({parts}) on {data}: {differences}" if parts else f"{name} on {data}: {differences}"


def _power(number: float) -> str:
    if number == 0 or 0.001 <= number < 1000:
        return f"{number:g}"
    exponent = math.floor(math.log10(number))
    return f"{number / 10**exponent:.2g}e{exponent}"


def _cell(text: str) -> str:
    return " ".join(text.replace("``", "`").replace("|", "\\|").split())


if __name__ == "__main__":
    if "--recorded" not in sys.argv[1:]:
        RECORD.write_text(json.dumps(measure(), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    TARGET.write_text(page(json.loads(RECORD.read_text(encoding="utf-8"))), encoding="utf-8")
    print(f"wrote {TARGET.name}")
