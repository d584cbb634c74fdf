"""Times the validity statistics beside the libraries that also have them, on the same simulated answers.

Run from the root of the project: ``python benchmarks/validity.py``. Twenty-two items on five factors, 1,000
respondents; imports are warm. Each figure is the fastest of several runs.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from time import perf_counter

import numpy as np
import pandas as pd

from servq.statistics import (
    confirmatory_factor_analysis,
    exploratory_factor_analysis,
    htmt,
    measurement_invariance,
    parallel_analysis,
)

N_RESPONDENTS = 1_000
SIZES = (4, 5, 4, 4, 5)
CFA_BUDGET_SECONDS = 1.0


def simulated_answers() -> tuple[pd.DataFrame, dict[str, list[str]]]:
    """Seven-point answers with loadings of about .7 and factor correlations of .5, and their model."""
    rng = np.random.default_rng(20_240_501)
    phi = np.full((len(SIZES), len(SIZES)), 0.5)
    np.fill_diagonal(phi, 1.0)
    factors = rng.standard_normal((N_RESPONDENTS, len(SIZES))) @ np.linalg.cholesky(phi).T
    owner = np.repeat(np.arange(len(SIZES)), SIZES)
    latent = 0.7 * factors[:, owner] + 0.71 * rng.standard_normal((N_RESPONDENTS, len(owner)))
    names = [f"p{position:02d}" for position in range(1, len(owner) + 1)]
    answers = pd.DataFrame(np.clip(np.rint(4.5 + 1.2 * latent), 1, 7), columns=names)
    return answers, {f"f{factor}": [names[i] for i in np.flatnonzero(owner == factor)] for factor in range(len(SIZES))}


def fastest(call: Callable[[], object], runs: int) -> float:
    """Seconds of the fastest run, the first one (imports) not counted."""
    call()
    times = []
    for _ in range(runs):
        start = perf_counter()
        call()
        times.append(perf_counter() - start)
    return min(times)


def semopy_fit(answers: pd.DataFrame, model: dict[str, list[str]]) -> None:
    """Fit the same model with semopy, standard errors included."""
    import semopy

    other = semopy.Model("\n".join(f"{factor} =~ {' + '.join(items)}" for factor, items in model.items()))
    other.fit(answers)
    other.inspect()


def factor_analyzer_fit(answers: pd.DataFrame) -> None:
    """Extract the same factors with factor_analyzer."""
    from factor_analyzer import FactorAnalyzer

    FactorAnalyzer(len(SIZES), rotation="oblimin", method="minres").fit(answers)


def main() -> None:
    """Print one line for each statistic."""
    answers, model = simulated_answers()
    halves = ["a", "b"] * (N_RESPONDENTS // 2)
    own = fastest(lambda: confirmatory_factor_analysis(answers, model), 10)
    extracted = fastest(lambda: exploratory_factor_analysis(answers, len(SIZES), rotation="oblimin"), 10)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the libraries' own use of older pandas and scikit-learn
        other = fastest(lambda: semopy_fit(answers, model), 2)
        other_extracted = fastest(lambda: factor_analyzer_fit(answers), 5)
    print(f"{'statistic':<44}{'seconds':>10}{'beside':>32}")
    print(f"{'CFA, 22 items, 5 factors':<44}{own:>10.3f}{f'semopy {other:.2f} ({other / own:.0f} x)':>32}")
    ratio = other_extracted / extracted
    print(
        f"{'EFA, minres, oblimin':<44}{extracted:>10.3f}{f'factor_analyzer {other_extracted:.2f} ({ratio:.1f} x)':>32}"
    )
    for label, call in {
        "parallel analysis, 1,000 samples": lambda: parallel_analysis(answers),
        "invariance over two groups, three levels": lambda: measurement_invariance(answers, model, halves),
        "HTMT": lambda: htmt(answers, model),
    }.items():
        print(f"{label:<44}{fastest(call, 3):>10.3f}")
    verdict = "within" if own <= CFA_BUDGET_SECONDS else "OVER"
    print(f"CFA {verdict} its budget of {CFA_BUDGET_SECONDS:g} s")


if __name__ == "__main__":
    main()
