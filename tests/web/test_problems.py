from __future__ import annotations

from collections.abc import Iterator
from http import HTTPStatus

import pytest

from servq.errors import DataInvalid, Problem, ServqError
from servq.web.problems import STATUSES, problem_details, status_of


def leaves(kind: type[ServqError]) -> Iterator[type[ServqError]]:
    below = [each for each in kind.__subclasses__() if each.__module__.startswith("servq.")]
    if not below:
        yield kind
    for each in below:
        yield from leaves(each)


@pytest.mark.parametrize("kind", list(leaves(ServqError)), ids=lambda kind: kind.code)
def test_every_error_has_a_status_of_its_own(kind: type[ServqError]) -> None:
    assert kind in STATUSES
    assert 400 <= STATUSES[kind] < 600


def test_an_error_that_is_not_in_the_table_is_our_own_fault() -> None:
    assert status_of(ServqError("odd")) == 500


def test_problem_details_name_every_place_to_mend() -> None:
    error = DataInvalid(
        [Problem("Not a number.", fix="Write 1 to 7.", file="a.csv", row=3, column="p01"), Problem("Empty.", "")]
    )
    assert problem_details(error) == {
        "type": "about:blank",
        "title": HTTPStatus.UNPROCESSABLE_ENTITY.phrase,
        "status": 422,
        "detail": 'a.csv, row 3, column "p01": Not a number. Write 1 to 7.\nEmpty.',
        "code": "data.invalid",
        "problems": [
            {"message": "Not a number.", "fix": "Write 1 to 7.", "file": "a.csv", "row": 3, "column": "p01"},
            {"message": "Empty."},
        ],
    }
