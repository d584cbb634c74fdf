"""Every error that servq raises on purpose, in one tree.

::

    ServqError
    ├── BadInput                     what the caller handed over cannot be used; lists every problem
    │   ├── InstrumentInvalid        instrument.invalid
    │   ├── DataInvalid              data.invalid
    │   │   └── AnswersAbsent        data.empty (there is a place for answers, but none in it)
    │   ├── AnswersInvalid           answers.invalid
    │   ├── EventKeyReused           event.key_reused (one idempotency key for two different events)
    │   ├── MailTextInvalid          mail_text.invalid
    │   └── RequestInvalid           request.invalid
    ├── InvalidArgument              argument.invalid (also a ValueError: a statistic called wrongly)
    ├── NotEstimable                 statistic.not_estimable (the data do not carry the number asked for)
    ├── NotFound
    │   ├── InstrumentUnknown        instrument.unknown
    │   ├── SurveyUnknown            survey.unknown
    │   ├── LinkUnknown              link.unknown
    │   └── RecordUnknown            record.unknown
    ├── Gone
    │   ├── SurveyClosed             survey.closed
    │   └── LinkExpired              link.expired
    ├── Conflict
    │   ├── SurveyNotLaunched        survey.not_launched
    │   ├── SurveyLaunched           survey.launched
    │   ├── AlreadyAnswered          response.already_submitted
    │   ├── AlreadyExists            record.exists
    │   └── ChangedMeanwhile         record.changed (somebody else saved it after it was read; nothing was overwritten)
    ├── Unauthenticated              access.unauthenticated
    ├── Forbidden                    access.forbidden
    ├── SignatureInvalid             link.changed (a signed link that is incomplete or was changed)
    ├── TooManyRequests              request.too_many
    ├── PayloadTooLarge              request.too_large
    ├── DatabaseBusy                 database.busy (others held what was needed for too long; nothing was changed)
    ├── MailUnavailable              mail.unavailable (the mail server is down or refuses this installation)
    └── EnvironmentIncomplete        environment.incomplete (a system library or setting is missing)

Each message says what to change. Nothing here knows HTTP: the web package maps classes to statuses.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with an input: where it is, what is wrong, and what to do about it."""

    message: str
    fix: str
    file: str | None = None
    line: int | None = None
    row: int | None = None
    column: str | None = None

    @property
    def where(self) -> str:
        """``file:line``, ``file, row 3, column "p01"`` or whatever part of that is known."""
        place = self.file or ""
        if self.line is not None:
            place += f":{self.line}"
        parts = [place] if place else []
        if self.row is not None:
            parts.append(f"row {self.row}")
        if self.column is not None:
            parts.append(f'column "{self.column}"')
        return ", ".join(parts)

    def __str__(self) -> str:
        sentence = f"{self.where}: {self.message}" if self.where else self.message
        return f"{sentence} {self.fix}".strip()


class ServqError(Exception):
    """Base of every deliberate error; `code` is stable and documented."""

    code: ClassVar[str] = "servq.error"


class BadInput(ServqError):
    """Input that cannot be used; carries every problem found, not only the first."""

    code = "input.invalid"

    def __init__(self, problems: Iterable[Problem] | Problem | str) -> None:
        if isinstance(problems, str):
            problems = Problem(problems, fix="")
        self.problems: tuple[Problem, ...] = (problems,) if isinstance(problems, Problem) else tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))

    def __reduce__(self) -> tuple[type[BadInput], tuple[tuple[Problem, ...]]]:
        """Keep the problems apart on the way out of another process."""
        return type(self), (self.problems,)


class InstrumentInvalid(BadInput):
    code = "instrument.invalid"


class DataInvalid(BadInput):
    code = "data.invalid"


class AnswersAbsent(DataInvalid):
    code = "data.empty"


class AnswersInvalid(BadInput):
    code = "answers.invalid"


class MailTextInvalid(BadInput):
    code = "mail_text.invalid"


class EventKeyReused(BadInput):
    code = "event.key_reused"


class RequestInvalid(BadInput):
    code = "request.invalid"


class InvalidArgument(ServqError, ValueError):
    """A function was called with something it cannot mean (wrong shape, unknown option)."""

    code = "argument.invalid"


class NotEstimable(ServqError):
    """The data do not carry the number asked for; `reason` says why, as a sentence."""

    code = "statistic.not_estimable"

    def __init__(self, reason: str, *, n: int | None = None) -> None:
        self.reason = reason
        self.n = n
        super().__init__(reason)


class NotFound(ServqError):
    code = "record.unknown"


class InstrumentUnknown(NotFound):
    code = "instrument.unknown"


class SurveyUnknown(NotFound):
    code = "survey.unknown"


class LinkUnknown(NotFound):
    code = "link.unknown"


class RecordUnknown(NotFound):
    code = "record.unknown"


class Gone(ServqError):
    code = "record.gone"


class SurveyClosed(Gone):
    code = "survey.closed"


class LinkExpired(Gone):
    code = "link.expired"


class Conflict(ServqError):
    code = "record.conflict"


class SurveyNotLaunched(Conflict):
    code = "survey.not_launched"


class SurveyLaunched(Conflict):
    code = "survey.launched"


class AlreadyAnswered(Conflict):
    code = "response.already_submitted"


class AlreadyExists(Conflict):
    code = "record.exists"


class ChangedMeanwhile(Conflict):
    code = "record.changed"


class Unauthenticated(ServqError):
    code = "access.unauthenticated"


class Forbidden(ServqError):
    code = "access.forbidden"


class SignatureInvalid(ServqError):
    code = "link.changed"


class TooManyRequests(ServqError):
    code = "request.too_many"


class PayloadTooLarge(ServqError):
    code = "request.too_large"


class DatabaseBusy(ServqError):
    """Somebody else held what was needed for longer than is waited; nothing was changed, and later it may work."""

    code = "database.busy"
    retry_after_s: ClassVar[int] = 5


class MailUnavailable(ServqError):
    code = "mail.unavailable"


class EnvironmentIncomplete(ServqError):
    code = "environment.incomplete"
