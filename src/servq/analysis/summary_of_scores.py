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
        strengths=_each(Message("“{item}” pleases when it is there."), [*linear, *delight]),
        shortfalls=_each(Message("“{item}” annoys when it is missing."), must),
        first_steps=(
            *_each(Message("Make sure of “{item}” first."), must),
            *_each(Message("Improve “{item}”: the more, the better."), linear),
            *_each(Message("“{item}” may be left as it is."), nothing),
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


def _each(template: Message, labels: Sequence[str]) -> tuple[Message, ...]:
    """One sentence for each of the first attributes; how many more there are."""
    said = [Message(template.template, item=label.rstrip(".")) for label in labels[:NAMED_AT_MOST]]
    if len(labels) > NAMED_AT_MOST:
        said.append(Message("The same holds for {n} more.", n=len(labels) - NAMED_AT_MOST))
    return tuple(said)


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
