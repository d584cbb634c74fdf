"""What is said of comments rests on counts and codes.

1. A comment counts under a code when at least half of its coders gave it.
2. Agreement is Fleiss' kappa of the first two coders, from ten comments coded twice on; it agrees with the published
   formula worked by hand.
3. Bands by score partition the respondents; where one would be too small, none is shown.
4. Weeks and months follow each other without a hole.
"""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest

from servq.analysis.absence import Unavailable
from servq.analysis.comment_findings import CommentFindings
from servq.analysis.comments import Code, CommentMaterial, WaveVolume, WrittenComment, make_comments
from servq.analysis.estimating import Estimator
from servq.analysis.findings import OverallScore
from servq.messages import Message

DAY = date(2026, 3, 4)
A, B, NOTHING = frozenset({"a"}), frozenset({"b"}), frozenset[str]()
CODEBOOK = (Code(id="a", label="Waiting", dimension="fast"), Code(id="b", label="Noise"))


def headline(kind: str = "net_promoter", low: float = -100, high: float = 100) -> OverallScore:
    nothing = Unavailable(reason=Message("not needed"))
    return OverallScore(
        id="x", kind=kind, label=Message("x"), estimate=nothing, low=low, high=high, better="high", unit="points"
    )


def findings(
    comments: list[WrittenComment],
    *,
    n: int = 40,
    days: list[date | None] | None = None,
    contributions: np.ndarray | None = None,
    score: OverallScore | None = None,
    waves: tuple[WaveVolume, ...] = (),
    questions: dict[str, str] | None = None,
) -> CommentFindings | Unavailable:
    return make_comments(
        CommentMaterial(
            comments=comments,
            days=days or [DAY] * n,
            questions={"why": "Why?"} if questions is None else questions,
            codebook=CODEBOOK,
            waves=waves,
            wave="2",
        ),
        headline=score or headline(),
        contributions=np.zeros(n) if contributions is None else contributions,
        dimensions={"fast": "Promptness", "kind": "Kindness"},
        estimator=Estimator(0.95, 5),
    )


def written(*codings: tuple[frozenset[str], ...]) -> list[WrittenComment]:
    return [WrittenComment(row=row, question="why", codings=coding) for row, coding in enumerate(codings)]


def of(found: CommentFindings | Unavailable) -> CommentFindings:
    assert isinstance(found, CommentFindings)
    return found


def test_a_code_counts_when_at_least_half_of_the_coders_gave_it() -> None:
    found = of(findings(written((A,), (A, NOTHING), (A, NOTHING, NOTHING), (NOTHING,), (NOTHING, NOTHING), ())))
    waiting, noise = found.codes
    assert (waiting.label, waiting.n, noise.n) == ("Waiting", 2, 0)
    assert (found.n_comments, found.n_coded) == (6, 5)
    assert waiting.share.value == 0.4
    assert [(one.label, one.n) for one in found.dimensions] == [("Promptness", 2)]
    assert "5 of 6 comments" in found.reading


def test_agreement_is_the_published_kappa() -> None:
    pairs = [(A, A)] * 6 + [(A, NOTHING)] * 2 + [(NOTHING, NOTHING)] * 12
    found = of(findings(written(*pairs)))
    assert not isinstance(found.agreement, Unavailable)
    (waiting,) = found.agreement
    observed, share = 18 / 20, 14 / 40
    by_chance = share**2 + (1 - share) ** 2
    assert (waiting.n, waiting.share) == (20, observed)
    assert waiting.kappa.value == pytest.approx((observed - by_chance) / (1 - by_chance), rel=1e-12)


def test_few_comments_coded_twice_tell_no_agreement() -> None:
    found = of(findings(written(*[(A, A)] * 9, *[(B,)] * 9)))
    assert isinstance(found.agreement, Unavailable)
    assert found.agreement.reason.params["n"] == 9


def test_bands_partition_the_respondents_and_small_ones_hide_all() -> None:
    contributions = np.array([-100.0] * 10 + [0.0] * 10 + [100.0] * 20)
    comments = [WrittenComment(row=row, question="why") for row in (0, 1, 2, 39)]
    bands = of(findings(comments, contributions=contributions)).bands
    assert [(band.n_commenting, band.n_respondents) for band in bands] == [(3, 10), (0, 10), (1, 20)]
    few = np.array([-100.0] * 4 + [100.0] * 36)
    assert of(findings(comments, contributions=few)).bands == ()


def test_a_mean_is_banded_by_thirds_of_the_scale() -> None:
    scores = np.repeat([1.0, 2.9, 3.0, 5.0, 5.1], 8)
    bands = of(findings(written((A,)), contributions=scores, score=headline("mean", 1, 7))).bands
    assert [band.n_respondents for band in bands] == [16, 16, 8]


def test_time_is_counted_without_a_hole() -> None:
    days: list[date | None] = [DAY, DAY + timedelta(days=15), None, *[DAY] * 37]
    found = of(findings(written((), (), ()), days=days))
    assert found.period_length == "week"
    assert [(period.n_comments, period.n_respondents) for period in found.periods] == [(1, 38), (0, 0), (1, 1)]
    assert found.periods[0].begins_on == date(2026, 3, 2)
    months = of(findings(written(()), days=[date(2025, 1, 31), date(2026, 2, 1), *[None] * 38])).periods
    assert [period.begins_on.isoformat()[:7] for period in months[:2]] == ["2025-01", "2025-02"]
    assert len(months) == 14


def test_earlier_waves_stand_before_this_one() -> None:
    earlier = WaveVolume(name="1", n_respondents=50, n_commenting=25, codes={"a": 7})
    found = of(findings(written((A,)), waves=(earlier,)))
    assert [(wave.label, wave.n_commenting) for wave in found.waves] == [("1", 25), ("2", 1)]
    assert found.codes[0].by_wave == (7, 1)


def test_the_mean_of_a_rare_code_is_not_shown() -> None:
    scores = np.arange(40.0)
    found = of(findings(written(*[(A,)] * 5, (B,)), contributions=scores, score=headline("mean", 0, 40)))
    waiting, noise = found.codes
    assert waiting.score.value == 2.0
    assert isinstance(noise.score, Unavailable)


def test_without_comments_there_is_a_reason() -> None:
    assert "asks for no comment" in str(findings(written((A,)), questions={}).reason)
    assert "Nobody wrote" in str(findings([]).reason)
