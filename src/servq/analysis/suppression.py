"""Which groups are hidden so that nobody, and no small group, can be worked out from what is shown."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from servq.analysis.absence import Unavailable
from servq.messages import Message


def hidden_groups(sizes: Mapping[str, int], minimum: int) -> frozenset[str]:
    """Groups to suppress: those below `minimum`, and as many of the next smallest as hide them.

    One hidden group alone could be worked out as total minus the groups shown, and so could several
    whose sum stays below the minimum; so the next smallest is hidden too until neither holds.
    """
    rising = sorted(sizes, key=lambda group: (sizes[group], group))
    n_hidden = sum(size < minimum for size in sizes.values())
    while 0 < n_hidden < len(rising) and (n_hidden == 1 or sum(sizes[g] for g in rising[:n_hidden]) < minimum):
        n_hidden += 1
    return frozenset(rising[:n_hidden])


def hidden_in_score(sizes: Mapping[str, int], hidden: Collection[str], minimum: int) -> frozenset[str]:
    """Groups whose value of one score is hidden, because not everybody in a group need have it.

    Parameters
    ----------
    sizes
        Respondents of each group who have the score.
    hidden
        Groups that are hidden as a whole.

    Returns
    -------
    frozenset
        `hidden`, groups in which fewer than `minimum` have the score, and the next smallest that protect them.
    """
    present = {group: size for group, size in sizes.items() if size}
    concealed = {group for group, size in present.items() if group in hidden or size < minimum}
    rising = sorted(present.keys() - concealed, key=lambda group: (present[group], group))
    while concealed and rising and (len(concealed) == 1 or sum(present[group] for group in concealed) < minimum):
        concealed.add(rising.pop(0))
    return frozenset(concealed).union(hidden)


def score_hidden(minimum: int) -> Unavailable:
    """Why the score of a group that is itself shown is not."""
    return Unavailable(
        reason=Message(
            "Not shown: fewer than {minimum} respondents have this score here, or it would give away another group's.",
            minimum=minimum,
        )
    )
