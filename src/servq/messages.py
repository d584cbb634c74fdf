"""Sentences that can still be translated after they were made.

The pure half speaks English; a report may have to speak German. A `Message` is the finished English sentence
(an ordinary ``str``) that remembers its template and its numbers, so that a catalogue can say it again in
another language without any number being rounded or computed twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Self


class Message(str):
    """An English sentence with its template and parameters.

    Parameters
    ----------
    template
        ``str.format`` template; it is the key in the message catalogues.
    **params
        Values for the template. A parameter may itself be a `Message`.

    Examples
    --------
    >>> Message("Only {n} answers.", n=3)
    'Only 3 answers.'
    """

    __slots__ = ("params", "template")

    template: str
    params: Mapping[str, object]

    def __new__(cls, template: str, /, **params: object) -> Self:
        """Format the English sentence and remember how it was made."""
        self = super().__new__(cls, template.format(**params) if params else template)
        self.template = template
        self.params = params
        return self

    def __reduce__(self) -> tuple[object, ...]:
        return (_rebuild, (self.template, dict(self.params)))


def _rebuild(template: str, params: dict[str, object]) -> Message:
    return Message(template, **params)
