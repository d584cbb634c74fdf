"""Which comments a page shows: what is asked for in its address, and what of it somebody may see. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlencode

from servq.comments.service import Comment

PAGE_SIZE = 25
LONGEST_WORDS = 100


class Show(StrEnum):
    """Which of the comments."""

    ALL = "all"
    UNCODED = "uncoded"
    SECOND = "second"
    RELEASED = "released"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What is asked for in the address of the page.

    Parameters
    ----------
    wave
        Number of the wave; 0 for all.
    code
        Id of the code; 0 for any.
    """

    wave: int
    show: Show = Show.ALL
    question: str = ""
    code: int = 0
    site: str = ""
    words: str = ""
    page: int = 1

    def address(self, survey_id: int, *, page: int) -> str:
        """Return the address of one page of this choice."""
        written = {
            "survey": survey_id,
            "wave": self.wave,
            "show": self.show.value,
            "question": self.question,
            "code": self.code or "",
            "site": self.site,
            "words": self.words,
            "page": page if page > 1 else "",
        }
        return "/manage/comments?" + urlencode({name: value for name, value in written.items() if value != ""})


def read_choice(query: Mapping[str, str], *, newest_wave: int) -> Choice:
    """Return what is asked for; whatever cannot be understood is as if it was not there."""
    shows = {show.value: show for show in Show}
    return Choice(
        wave=_number(query.get("wave", ""), newest_wave),
        show=shows.get(query.get("show", ""), Show.ALL),
        question=query.get("question", ""),
        code=_number(query.get("code", ""), 0),
        site=query.get("site", ""),
        words=" ".join(query.get("words", "").split())[:LONGEST_WORDS],
        page=max(1, _number(query.get("page", ""), 1)),
    )


def chosen(comments: Sequence[Comment], choice: Choice, account_id: int) -> list[Comment]:
    """Return the comments that are asked for; codes of others tell only whoever has coded the comment too."""
    words = choice.words.casefold()
    return [
        comment
        for comment in comments
        if (not choice.question or comment.question == choice.question)
        and (not choice.site or comment.site == choice.site)
        and (not words or words in comment.text.casefold())
        and (not choice.code or choice.code in visible_codes(comment, account_id))
        and _is_shown(comment, choice.show, account_id)
    ]


def visible_codes(comment: Comment, account_id: int) -> frozenset[int]:
    """Codes that somebody may see: two people agree only where neither saw what the other had found."""
    if comment.codings and comment.coding_of(account_id) is None:
        return frozenset()
    return frozenset(code for coding in comment.codings for code in coding.codes)


def _is_shown(comment: Comment, show: Show, account_id: int) -> bool:
    match show:
        case Show.UNCODED:
            return not comment.codings
        case Show.SECOND:
            return len(comment.codings) == 1 and comment.coding_of(account_id) is None
        case Show.RELEASED:
            return comment.quotation is not None
        case Show.ALL:
            return True


def _number(text: str, otherwise: int) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else otherwise
