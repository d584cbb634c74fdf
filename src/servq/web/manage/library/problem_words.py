"""What the checks of instruments find, in the reader's language; pure.

The checks are shared with the command line and speak English. A sentence is found again by the template that it was
made from; one that is not known stays as it is.
"""

from __future__ import annotations

import re
import string

from servq.messages import Message
from servq.translation import Translator

KINDS = (
    Message("a whole number"),
    Message("a number"),
    Message("a list"),
    Message("a text"),
    Message("a mapping of keys and values"),
)
"""What a value must be."""

SENTENCES = (
    "This must be {kind}, not {value}.",
    "This is {value}, below {limit}.",
    "This is {value}, above {limit}.",
    "This has {n} characters; {limit} are allowed.",
    "This has a form that is not allowed: {value}.",
    "Give {limit} or more.",
    "Give {limit} or less.",
    'Item "{item}" has number {number} after number {last}.',
    "Number the items upwards, in their order.",
    'Item "{item}" measures "{dimension}", which is not declared.',
    'Item "{item}" is assigned to a dimension although the structure is unverified.',
    "Delete it, or cite the source and verify.",
    'Dimension "{dimension}" has no items.',
    "Give it items, or delete it.",
    'Scale "{scale}" runs from {low} to {high}.',
    "Make low smaller than high; better: low turns it round.",
    'Scale "{scale}" is used by no battery.',
    "Delete it.",
    'Battery "{battery}" uses scale "{scale}", which is not declared.',
    'Item "{item}" is asked in no battery.',
    'Item "{item}" is asked in "{battery}", which is not a rating battery.',
    'Battery "{battery}" asks no item.',
    "Let items name it, or delete it.",
    'Battery "{battery}" spreads points, but there are not two dimensions to spread them over.',
    'Item "{item}" is reverse-keyed on the two points of battery "{battery}".',
    "Word it positively and delete reversed.",
    'Column template "{template}" of battery "{battery}" cannot be used: {fault}.',
    'Battery "{battery}" gives column name "{name}" a second time.',
    'Items "{first}" and "{second}" have the same wording.',
    "Word one of them anew.",
    'Item "{item}" has no wording for battery "{battery}".',
    'Item "{item}" is not asked in a battery "{battery}".',
    'Scale "{scale}" has labels at some of its points only.',
    'Scale "{scale}" offers "not applicable" without a label.',
    'Point {point} is not on scale "{scale}", which runs from {low} to {high}.',
    "Placeholder {name} is in no text.",
    "Use it, or delete its default.",
    'The instruction of battery "{battery}" does not tell to spread {total} points.',
    "Say the number.",
    'Score "{score}" refers to "{name}", which is not {kind} of this instrument.',
    'Score "{score}" counts item "{item}", which battery "{battery}" does not ask.',
    "Choose another item or battery.",
    'Score "{score}" compares battery "{battery}" with itself.',
    "Name two batteries.",
    'Batteries "{first}" and "{second}" of score "{score}" ask different items.',
    "Ask the same items in both.",
    "Use one of: {names}.",
    "This is empty.",
    "Fill it.",
    "Fill it, or delete the key.",
    "The text is blank.",
    "Give a whole number.",
    "Give a number.",
    "Correct the value.",
    "Shorten it.",
    "Add what is missing.",
)
"""Templates of what the checks say, and of what is to be done about it."""


def problem_said(say: Translator, sentence: str) -> str:
    """Say a sentence of the checks in the reader's language."""
    for template, pattern in _PATTERNS:
        if found := pattern.fullmatch(sentence):
            return say(template, **{name: _kind_said(say, value) for name, value in found.groupdict().items()})
    return sentence


def _kind_said(say: Translator, value: str) -> str:
    return say.say(next((kind for kind in KINDS if kind == value), value))


def _pattern(template: str) -> re.Pattern[str]:
    parts = (
        re.escape(text) + (f"(?P<{name}>.+)" if name else "") for text, name, _, _ in string.Formatter().parse(template)
    )
    return re.compile("".join(parts), re.DOTALL)


_PATTERNS = tuple((template, _pattern(template)) for template in SENTENCES)
