"""Whether the answers measure the dimensions that the instrument declares.

The declaration (dimensions × battery) says what is tested, the number of respondents says whether it can be; the rules
stand in `validity_rules`. Nothing here changes a score.
"""

from __future__ import annotations

import numpy as np

from servq.analysis.absence import Unavailable
from servq.analysis.confirmation import Confirmed, make_confirmation, make_htmt
from servq.analysis.declared import DeclaredStructure
from servq.analysis.differences import make_differences
from servq.analysis.estimating import Estimator
from servq.analysis.exploration import make_exploration
from servq.analysis.labels import Labels
from servq.analysis.reliability import GAP
from servq.analysis.validity_findings import BlockValidity, Confirmation, Exploration, Validity
from servq.instruments.model import ChecklistScore, KanoScore
from servq.messages import Message
from servq.scoring import Block, ScoredTable

COMPLETE_SHARE_TO_TRUST = 0.80
"""Below this share of complete respondents a factor analysis says that the others may differ."""


def make_validity(scored: ScoredTable, estimator: Estimator, labels: Labels) -> Validity | Unavailable:
    """Validity of the headline battery and, where the instrument has one, of the gaps."""
    if isinstance(scored.answers.instrument.definition.scores[0], KanoScore | ChecklistScore):
        return Unavailable(
            reason=Message("Items that are classed or checked one by one need not go together, so nothing is tested.")
        )
    candidates = {labels.headline_battery: scored.ratings[labels.headline_battery], GAP: scored.gap}
    blocks = tuple(
        _block(id_, block, estimator, labels)
        for id_, block in candidates.items()
        if block is not None and any(len(positions) > 1 for positions in block.positions)
    )
    if not blocks:
        return Unavailable(
            reason=Message("Validity needs dimensions measured by several items; this instrument has none.")
        )
    return Validity(blocks=blocks, differences=make_differences(scored, estimator, labels), reading=blocks[0].reading)


def _block(battery: str, block: Block, estimator: Estimator, labels: Labels) -> BlockValidity:
    declared = DeclaredStructure.of(battery, block, labels)
    hidden = estimator.too_few(declared.moments.n)
    exploration = hidden or make_exploration(declared)
    confirmed = Confirmed(hidden, hidden, hidden) if hidden else make_confirmation(declared)
    return BlockValidity(
        battery=battery,
        n_items=declared.n_items,
        n=declared.moments.n,
        n_respondents=declared.moments.n_respondents,
        exploration=exploration,
        confirmation=confirmed.confirmation,
        convergence=confirmed.convergence,
        fornell_larcker=confirmed.fornell_larcker,
        htmt=hidden or make_htmt(declared),
        caveats=_caveats(declared, int(np.isfinite(block.values).any(axis=1).sum()), estimator),
        reading=_reading(exploration, confirmed.confirmation),
    )


def _caveats(declared: DeclaredStructure, n_answering: int, estimator: Estimator) -> tuple[Message, ...]:
    caveats = []
    if declared.moments.n < COMPLETE_SHARE_TO_TRUST * n_answering:  # whoever was not asked left nothing out
        caveats.append(
            Message("More than one respondent in five left out an item; if they differ, so may the structure.")
        )
    if estimator.weights is not None:
        caveats.append(Message("Survey weights play no part in factor analyses."))
    return tuple(caveats)


def _reading(exploration: Exploration | Unavailable, confirmation: Confirmation | Unavailable) -> Message:
    """What a manager should make of the block."""
    if isinstance(exploration, Unavailable):
        return exploration.reason
    if isinstance(exploration.loadings, Unavailable):
        return exploration.loadings.reason
    fits_poorly = isinstance(confirmation, Confirmation) and confirmation.verdict == "poor"
    verdicts = [dimension.verdict for dimension in exploration.loadings.dimensions]
    return _read_verdicts(verdicts.count("together"), len(verdicts), fits_poorly=fits_poorly)


def _read_verdicts(n: int, n_dimensions: int, *, fits_poorly: bool) -> Message:
    """Say how many of the dimensions the answers bear out, and whether they do as a whole."""
    if n == n_dimensions:
        if fits_poorly:
            return Message(
                "The items go with their own dimensions, but the structure as a whole does not fit the answers."
            )
        return Message("The answers bear out the dimensions of the instrument.")
    if n == 0:
        return Message(
            "The answers bear out none of the {n_dimensions} dimensions in full; read the single items instead.",
            n_dimensions=n_dimensions,
        )
    if 2 * n > n_dimensions:
        return Message(
            "The answers bear out {n} of the {n_dimensions} dimensions in full; read the others with care.",
            n=n,
            n_dimensions=n_dimensions,
        )
    return Message(
        "The answers bear out only {n} of the {n_dimensions} dimensions in full; read the single items beside the "
        "others.",
        n=n,
        n_dimensions=n_dimensions,
    )
