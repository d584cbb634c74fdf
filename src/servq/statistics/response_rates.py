"""How many of those who were asked answered, by the outcome-rate definitions of AAPOR."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Literal, get_args

from servq.errors import InvalidArgument, NotEstimable
from servq.messages import Message
from servq.statistics.estimate import Estimate

RateDefinition = Literal["RR1", "RR2", "RR3", "RR4", "RR5", "RR6"]

_WITH_PARTIALS = frozenset({"RR2", "RR4", "RR6"})
_WITH_ELIGIBILITY = frozenset({"RR3", "RR4"})
_WITHOUT_UNKNOWN = frozenset({"RR5", "RR6"})


@dataclass(frozen=True, kw_only=True)
class DispositionCounts:
    """Final dispositions of all cases of a sample, each case counted once.

    Parameters
    ----------
    complete, partial
        Interviews (I, P).
    refusal, non_contact, other
        Eligible cases without an interview: refusals and break-offs (R), never reached (NC), other reasons (O).
    unknown
        Cases of which nobody knows whether they are eligible (UH + UO).
    ineligible
        Cases that do not belong to the population; they count for `estimated_eligibility` only.

    Raises
    ------
    InvalidArgument
        A count is not a whole number or is negative.
    """

    complete: int = 0
    partial: int = 0
    refusal: int = 0
    non_contact: int = 0
    other: int = 0
    unknown: int = 0
    ineligible: int = 0

    def __post_init__(self) -> None:
        for field in fields(self):
            count = getattr(self, field.name)
            if isinstance(count, bool) or not isinstance(count, int) or count < 0:
                raise InvalidArgument(f"{field.name} must be a count, 0 or more, not {count!r}.")

    @property
    def eligible(self) -> int:
        """Cases known to be eligible: I + P + R + NC + O."""
        return self.complete + self.partial + self.refusal + self.non_contact + self.other


def response_rate(
    definition: RateDefinition, counts: DispositionCounts, *, eligibility: float | None = None
) -> Estimate:
    """Response rate RR1 to RR6 of the AAPOR *Standard Definitions*.

    Parameters
    ----------
    definition
        ``"RR1"`` (lowest) … ``"RR6"`` (highest); even numbers count partial interviews as responses.
    counts
        Final dispositions; cases without one are `unknown`, so nothing is missing.
    eligibility
        e, the share of the unknown cases that is eligible, 0–1, for RR3 and RR4; `estimated_eligibility` of the same
        counts when left out.

    Returns
    -------
    Estimate
        `value` is the rate, 0–1. There is no interval: the rate describes the cases that were fielded. `n` is the
        number of cases that may be eligible, unknown ones included except for RR5 and RR6.

    Raises
    ------
    InvalidArgument
        No such definition, or an eligibility that is no share.
    NotEstimable
        The denominator is 0.

    Notes
    -----
    With I, P, R, NC, O, U as in `DispositionCounts`::

        RR1 = I / (I + P + R + NC + O + U)          RR2 = (I + P) / (the same)
        RR3 = I / (I + P + R + NC + O + e U)        RR4 = (I + P) / (the same)
        RR5 = I / (I + P + R + NC + O)              RR6 = (I + P) / (the same)

    RR5 and RR6 are right only where no unknown case is eligible, or there is none. R equivalent: none in base R.
    Source: The American Association for Public Opinion Research, *Standard Definitions: Final Dispositions of Case
    Codes and Outcome Rates for Surveys* (9th ed., 2016), "Response rates".

    Examples
    --------
    >>> counts = DispositionCounts(complete=50, partial=10, refusal=20, unknown=20)
    >>> response_rate("RR1", counts).value, response_rate("RR6", counts).value
    (0.5, 0.75)
    """
    if definition not in get_args(RateDefinition):
        raise InvalidArgument(f"There is no {definition!r}; use one of {', '.join(get_args(RateDefinition))}.")
    if eligibility is not None and not 0 <= eligibility <= 1:
        raise InvalidArgument(f"eligibility must be a share from 0 to 1, not {eligibility!r}.")
    caveats: list[Message] = []
    unknown = float(counts.unknown)
    if definition in _WITHOUT_UNKNOWN:
        unknown = 0.0
        if counts.unknown:
            caveats.append(
                Message("Counts none of the {n} cases of unknown eligibility as eligible.", n=counts.unknown)
            )
    elif definition in _WITH_ELIGIBILITY and counts.unknown:
        if eligibility is None:
            found = estimated_eligibility(counts)
            eligibility = found.value
            caveats += found.caveats
        unknown *= eligibility
    denominator = counts.eligible + unknown
    if denominator == 0:
        raise NotEstimable(Message("No case is known to be eligible, so there is no response rate."), n=0)
    answered = counts.complete + (counts.partial if definition in _WITH_PARTIALS else 0)
    method = f"AAPOR {definition}"
    if definition in _WITH_ELIGIBILITY and eligibility is not None:
        method += f", e = {eligibility:.4g}"
    return Estimate(
        value=answered / denominator,
        n=counts.eligible + (0 if definition in _WITHOUT_UNKNOWN else counts.unknown),
        method=method,
        caveats=tuple(caveats),
    )


def estimated_eligibility(counts: DispositionCounts) -> Estimate:
    """Share e of the cases of unknown eligibility that is eligible, by proportional allocation.

    Parameters
    ----------
    counts
        Final dispositions; cases without one are `unknown`, so nothing is missing.

    Returns
    -------
    Estimate
        `value` is the share of eligible cases among those whose eligibility is known, 0–1, or 1 (the careful choice,
        which makes RR3 equal RR1) where it is known of none. There is no interval.

    Raises
    ------
    InvalidArgument
        Never beyond what `DispositionCounts` refuses.

    Notes
    -----
    e = (I + P + R + NC + O) / (I + P + R + NC + O + ineligible): the cases that were resolved stand for those that were
    not. AAPOR asks to report the e that was used; the method of the rate does. R equivalent: none in base R.
    Source: as for `response_rate`, and Smith (2009), *A Revised Review of Methods to Estimate the Status of Cases with
    Unknown Eligibility* (AAPOR), "proportional allocation" (the CASRO method).

    Examples
    --------
    >>> estimated_eligibility(DispositionCounts(complete=45, refusal=45, unknown=30, ineligible=10)).value
    0.9
    """
    known = counts.eligible + counts.ineligible
    if known == 0:
        return Estimate(
            value=1.0,
            n=0,
            method="proportional allocation",
            caveats=(Message("The eligibility of no case is known, so every unknown case is taken to be eligible."),),
        )
    return Estimate(value=counts.eligible / known, n=known, method="proportional allocation")
