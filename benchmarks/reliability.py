"""How fast reliability and gaps come from large tables, as ratios within one run: ``python benchmarks/reliability.py``.

Ratios travel between machines, seconds do not. Each line names its target; the exit code is 1 when one is missed.
"""

from __future__ import annotations

import sys
import time
import tracemalloc
import warnings
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from servq.statistics import (
    MeanOfScores,
    Moments,
    ScoreRule,
    cronbach_alpha,
    item_diagnostics,
    one_pass,
    polychoric_correlation,
    score_mean,
)

N_RESPONDENTS = 1_000_000
DIMENSIONS = {
    "tangibles": range(1, 5),
    "reliability": range(5, 10),
    "responsiveness": range(10, 14),
    "assurance": range(14, 18),
    "empathy": range(18, 23),
}
REPEATS = 5


@dataclass(frozen=True)
class Row:
    """One measured claim: `value` must stay below (or, with `at_least`, above) `target`."""

    what: str
    value: float
    target: float
    unit: str
    at_least: bool = False

    @property
    def is_met(self) -> bool:
        return self.value >= self.target if self.at_least else self.value <= self.target

    def __str__(self) -> str:
        sign = "≥" if self.at_least else "≤"
        verdict = "met" if self.is_met else "MISSED"
        return f"{self.what:<78}{self.value:9.1f} {self.unit:<4} target {sign} {self.target:g}  {verdict}"


def main() -> int:
    answers = simulated(N_RESPONDENTS, 44)
    rows = [*two_batteries(answers), *reliability(answers[:, :22]), polychoric()]
    print(*rows, sep="\n")
    return 0 if all(row.is_met for row in rows) else 1


def simulated(n: int, k: int) -> NDArray[np.float32]:
    """Answers on seven points with a common trait, drawn in parts to keep the memory for the answers."""
    rng = np.random.default_rng(7)
    answers = np.empty((n, k), dtype=np.float32)
    for part in np.array_split(answers, 20):
        trait = rng.standard_normal((len(part), 1), dtype=np.float32)
        part[:] = np.clip(np.rint(4.5 + trait + rng.standard_normal(part.shape, dtype=np.float32)), 1, 7)
    return answers


def two_batteries(answers: NDArray[np.float32]) -> list[Row]:
    """Reliability of all scales and all gaps of a two-battery instrument, beside one product of the answers."""
    holed = answers.copy()
    rng = np.random.default_rng(8)
    for part in np.array_split(holed, 20):
        part[rng.random(part.shape, dtype=np.float32) < 0.02] = np.nan
    product, complete, with_blanks = fastest_together(
        lambda: answers.T @ answers, lambda: instrument(answers), lambda: instrument(holed)
    )
    label = f"alphas, item diagnostics, gaps of {len(answers):,} × 44, in products of the answers"
    return [
        Row(label, complete / product, 10, "×"),
        Row(f"{label} (2 % blank)", with_blanks / product, 10, "×"),
        Row("   memory beyond the input", peak_mb(lambda: instrument(holed)), 200, "MB"),
    ]


def instrument(answers: NDArray[np.float32]) -> None:
    def names(battery: str, items: range) -> tuple[str, ...]:
        offset = 0 if battery == "e" else 22
        return tuple(str(offset + i) for i in items)

    sets = {f"{b} {name}": names(b, items) for b in "ep" for name, items in DIMENSIONS.items()}
    sets |= {battery: names(battery, range(1, 23)) for battery in "ep"}
    scores: dict[str, ScoreRule | MeanOfScores] = {
        f"gap {i}": ScoreRule(first=names("p", range(i, i + 1)), second=names("e", range(i, i + 1)), minimum=1)
        for i in range(1, 23)
    }
    for name, items in DIMENSIONS.items():
        half = (len(items) + 1) // 2
        scores[name] = ScoreRule(first=names("p", items), second=names("e", items), minimum=half)
    scores["overall"] = MeanOfScores(scores=tuple(DIMENSIONS))
    found = one_pass(answers, sets=sets, scores=scores)
    for moments in found.sets.values():
        cronbach_alpha(moments)
        item_diagnostics(moments)
    for score in found.scores.values():
        score_mean(score)


def reliability(answers: NDArray[np.float32]) -> list[Row]:
    """Alpha with its interval and alpha-if-deleted, beside pingouin and a loop of it."""
    import pingouin

    frame = pd.DataFrame(answers.astype(np.float64))

    def by_pingouin() -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            pingouin.cronbach_alpha(frame)
            for item in frame.columns:
                pingouin.cronbach_alpha(frame.drop(columns=item))

    def by_servq() -> None:
        moments = Moments.of(frame)
        cronbach_alpha(moments)
        item_diagnostics(moments)

    (theirs,) = fastest_together(by_pingouin, repeats=1)
    (ours,) = fastest_together(by_servq)
    return [
        Row(f"reliability of {len(answers):,} × 22, times faster than pingouin", theirs / ours, 25, "×", at_least=True),
        Row("   memory beyond the input", peak_mb(by_servq), 300, "MB"),
    ]


def polychoric() -> Row:
    answers = simulated(10_000, 22)
    (seconds,) = fastest_together(lambda: polychoric_correlation(answers), repeats=2)
    return Row("polychoric correlations of 10,000 × 22", seconds, 3, "s")


def fastest_together(*tasks: Callable[[], object], repeats: int = REPEATS) -> list[float]:
    """Shortest of several runs of each task, taken in turns so that a busy machine slows all of them."""
    best = [float("inf")] * len(tasks)
    for _ in range(repeats):
        for position, task in enumerate(tasks):
            start = time.perf_counter()
            task()
            best[position] = min(best[position], time.perf_counter() - start)
    return best


def peak_mb(task: Callable[[], object]) -> float:
    tracemalloc.start()
    task()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak / 1e6


if __name__ == "__main__":
    sys.exit(main())
