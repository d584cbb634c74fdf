"""Every public statistic says what goes in, what is missing, what can go wrong, its equivalent in R and its source.

1. The first line is one sentence.
2. Every parameter is described, with the shape of what holds answers.
3. What is done with missing answers is said.
4. What is raised is listed.
5. The equivalent in R is named, or that there is none; so is the source.

A function that says "see `other`" or "as in `other`" takes from there what it does not say itself; for the equivalent
and the source it must say so before its sections or in its notes. That each has an example is tested where the examples
are run.
"""

from __future__ import annotations

import inspect
import re

import pytest

import servq.statistics

FUNCTIONS = {
    name: getattr(servq.statistics, name)
    for name in servq.statistics.__all__
    if inspect.isfunction(getattr(servq.statistics, name))
}
SECTIONS = re.compile(r"^([A-Z][A-Za-z ]+)\n-+$", re.MULTILINE)
SIBLING = re.compile(r"(?:see|as in|as for|As) `(\w+)`")
ANSWERS = {"items", "values", "first", "second", "ratings", "X", "y", "frame", "weights", "p", "perceived", "minimum"}
ANSWERS |= {"desired", "perception", "expectation", "previous", "current", "seconds", "functional", "dysfunctional"}
#: These count, read or pass on; there is no publication to cite.
WITHOUT_SOURCE = {"as_items", "as_vector", "complete_rows", "one_pass", "pairwise_counts", "point_counts"}


def documentation(name: str) -> str:
    """Own docstring, followed by those of the siblings that it refers to, and theirs."""
    found = [name]
    for one in found:  # grows while it is read
        siblings = SIBLING.findall(inspect.getdoc(FUNCTIONS[one]) or "")
        found += [other for other in dict.fromkeys(siblings) if other in FUNCTIONS and other not in found]
    return "\n\n".join(inspect.getdoc(FUNCTIONS[one]) or "" for one in found)


def section(text: str, title: str) -> str:
    """Text of all sections of that title."""
    parts = SECTIONS.split(text)
    return "\n".join(body for heading, body in zip(parts[1::2], parts[2::2], strict=True) if heading == title)


def notes(name: str) -> str:
    """Notes and references, own or of the sibling that the head or the notes refer to."""
    found, said = [name], ""
    for one in found:  # grows while it is read
        own = inspect.getdoc(FUNCTIONS[one]) or ""
        here = section(own, "Notes") + section(own, "References")
        said += here
        siblings = SIBLING.findall(SECTIONS.split(own)[0] + here)
        found += [other for other in dict.fromkeys(siblings) if other in FUNCTIONS and other not in found]
    return said


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_first_line_is_one_sentence(name: str) -> None:
    first, *others = (inspect.getdoc(FUNCTIONS[name]) or "").splitlines()
    assert re.match(r"[A-ZΩ].*\.$", first)
    assert not others or not others[0]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_parameter_is_described(name: str) -> None:
    described = re.findall(r"^(\w+(?:, \w+)*)$", section(documentation(name), "Parameters"), re.MULTILINE)
    names = {one for line in described for one in line.split(", ")}
    first_line = (inspect.getdoc(FUNCTIONS[name]) or "").splitlines()[0]
    if SIBLING.search(first_line):  # what goes in instead of the sibling's answers stands in that line
        return
    assert set(inspect.signature(FUNCTIONS[name]).parameters) - names == set()


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_shape_of_answers_and_what_happens_to_missing_ones_are_said(name: str) -> None:
    if not ANSWERS & set(inspect.signature(FUNCTIONS[name]).parameters):
        return
    text = documentation(name)
    assert re.search(r"[Ss]hapes? ?(?:\(|of)|`Moments`|array whose columns|Moments of", text), "no shape"
    assert re.search(r"NaN|missing|blank|list-wise|complete", text), "nothing on missing answers"


@pytest.mark.parametrize("name", FUNCTIONS)
def test_what_is_raised_is_listed(name: str) -> None:
    raised = section(documentation(name), "Raises") or documentation(name)
    assert "NotEstimable" in raised or "InvalidArgument" in raised or "Never raises" in raised


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_equivalent_in_r_is_named_or_that_there_is_none(name: str) -> None:
    assert re.search(r"\bR(?:\s+equivalents?)?:\s", notes(name))


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_source_is_cited(name: str) -> None:
    assert name in WITHOUT_SOURCE or re.search(r"\b(1[89]|20)\d\d\b", notes(name))
