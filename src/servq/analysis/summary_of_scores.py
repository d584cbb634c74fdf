"""Sentences of the summary that rest on Kano classes or on a path model."""

from __future__ import annotations

from collections.abc import Sequence

from servq.analysis.absence import Unavailable
from servq.analysis.findings import Summary
from servq.analysis.score_findings import Kano, KanoAttributeFinding, KanoResult, PathModelFinding
from servq.messages import Message

NAMED_AT_MOST = 2


def summary_of_classes(kano: Kano | Unavailable | None, cautions: tuple[Message, ...]) -> Summary:
    """What must be there, what pleases, and what may be left, as far as the classes are clear."""
    if kano is None or isinstance(kano, Unavailable):
        reason = kano.reason if kano else Message("No attribute could be classed.")
        return Summary(headline=reason, change=(), strengths=(), shortfalls=(), first_steps=(), cautions=cautions)
    must, linear, delight, nothing = (
        _of_class(kano.attributes, category) for category in ("must_be", "one_dimensional", "attractive", "indifferent")
    )
    return Summary(
        headline=kano.reading,
        change=(),
        strengths=_named(Message("These please where they are there: {names}"), [*linear, *delight]),
        shortfalls=_named(Message("These annoy where they are missing: {names}"), must),
        first_steps=(
            *_named(Message("Make sure of these first: {names}"), must),
            *_named(Message("Then improve these, the more the better: {names}"), linear),
            *_named(Message("These may be left as they are: {names}"), nothing),
        ),
        cautions=cautions,
    )


def _of_class(attributes: Sequence[KanoAttributeFinding], category: str) -> list[str]:
    """Labels of the attributes of a class, the most frequent answer first."""
    found = [
        (one.result.counts[category] / one.result.n, one.label)
        for one in attributes
        if isinstance(one.result, KanoResult) and one.result.category == category
    ]
    return [label for _, label in sorted(found, key=lambda pair: -pair[0])]


def _named(template: Message, labels: Sequence[str]) -> tuple[Message, ...]:
    if not labels:
        return ()
    names = " / ".join(labels[:NAMED_AT_MOST])
    if len(labels) > NAMED_AT_MOST:
        names = Message("{names} and {n} more", names=names, n=len(labels) - NAMED_AT_MOST)
    return (Message(template.template, names=names),)


def steps_of_model(model: PathModelFinding | Unavailable | None) -> tuple[Message, ...]:
    """Where a better index would move the target most, as far as both intervals say."""
    if model is None or isinstance(model, Unavailable):
        return ()
    urgent = [index for index in model.indices if index.quadrant == "concentrate_here"]
    names = {index.id: index.label for index in model.indices}
    if urgent:
        return (
            Message(
                "Start with {names}: it moves {target} more than the average does, and its index is lower.",
                names=", ".join(index.label for index in urgent),
                target=names[model.target],
            ),
        )
    if model.importance_line is None:
        return ()
    return (model.reading,)
