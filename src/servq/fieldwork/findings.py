"""The numbers of a wave's fieldwork as findings of a report. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from servq.analysis.absence import Unavailable
from servq.analysis.fieldwork_findings import (
    Disposition,
    FieldworkFindings,
    FieldworkGroup,
    FieldworkStep,
    ReasonNotInvited,
    ResponseRate,
)
from servq.contacts.models import Reason
from servq.fieldwork.numbers import CaseKind, Fieldwork, Measure, Progress, Rate
from servq.fieldwork.showing import sites_shown
from servq.fieldwork.words import CASES, CHANNELS, MEANINGS, MEASURES, RATES, REASONS
from servq.messages import Message
from servq.statistics.estimate import Estimate
from servq.statistics.response_rates import RateDefinition
from servq.surveys.models import Channel

HEADLINE_RATE: RateDefinition = "RR2"
"""Complete and partial, of all who may be eligible: it counts nobody as ineligible without knowing."""

_NOBODY_INVITED = Message(
    "Nobody was invited in person, so there is no response rate: of an open link it is not known who saw it and did "
    "not answer."
)


def make_fieldwork_findings(fieldwork: Fieldwork, *, minimum_group_size: int) -> FieldworkFindings:
    """Put the fieldwork of a wave into words; sites of fewer people than may be shown stand together."""
    sites = sites_shown(fieldwork.by_site, smallest=minimum_group_size)
    rows = [_group(name or Message("Not stated"), progress) for name, progress in sites.shown.items()]
    if sites.together is not None:
        rows.append(_group(Message("{n} other sites", n=sites.n_together), sites.together))
    rates = tuple(_rate(rate) for rate in fieldwork.response_rates)
    invited = fieldwork.total.invited > 0
    headline = next(one.rate for one in rates if one.definition == HEADLINE_RATE)
    response_rate = headline if invited else Unavailable(reason=_NOBODY_INVITED)
    return FieldworkFindings(
        as_of=fieldwork.at.isoformat(),
        is_open=fieldwork.is_open,
        steps=tuple(
            FieldworkStep(
                id=measure.value,
                label=Message(MEASURES[measure]),
                meaning=Message(MEANINGS[measure]),
                n=getattr(fieldwork.total, measure.value),
            )
            for measure in Measure
        ),
        dispositions=_dispositions(fieldwork.dispositions) if invited else (),
        rates=rates if invited else (),
        response_rate=response_rate,
        channels=tuple(
            _group(Message(CHANNELS[Channel(name)]), progress) for name, progress in fieldwork.by_channel.items()
        ),
        sites=tuple(rows) if len(fieldwork.by_site) > 1 else (),
        not_invited=tuple(
            ReasonNotInvited(label=Message(REASONS[Reason(one.reason)]), n=one.n) for one in fieldwork.not_invited
        ),
        reading=_reading(fieldwork, response_rate),
    )


def _reading(fieldwork: Fieldwork, rate: Estimate | Unavailable) -> Message:
    if isinstance(rate, Unavailable):
        said = rate.reason
    else:
        said = Message(
            "{rate:.0%} of those invited in person answered at least one page (AAPOR {definition}). Who does not "
            "answer may think otherwise, and no interval in this report covers that.",
            rate=rate.value,
            definition=HEADLINE_RATE,
        )
    if fieldwork.is_open:
        return Message("{said} Answers may still come, so these numbers are not final.", said=said)
    return said


def _dispositions(counts: Mapping[str, int]) -> tuple[Disposition, ...]:
    return tuple(
        Disposition(label=Message(label), letter=letter, n=counts[kind.value])
        for kind, (label, letter) in CASES.items()
        if counts.get(CaseKind(kind).value)
    )


def _rate(rate: Rate) -> ResponseRate:
    meaning, formula = next(words for definition, words in RATES.items() if definition == rate.definition)
    return ResponseRate(
        definition=rate.definition,
        meaning=Message(meaning),
        formula=formula,
        rate=Unavailable(reason=Message("Not enough is known of those invited."))
        if rate.value is None
        else Estimate(value=rate.value, n=rate.n, method=rate.method),
    )


def _group(label: str, progress: Progress) -> FieldworkGroup:
    return FieldworkGroup(
        label=label,
        n_invited=progress.invited,
        n_started=progress.started,
        n_completed=progress.completed,
        share=progress.completed / progress.invited if progress.invited else None,
    )
