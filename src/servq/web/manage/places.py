"""What the handlers of the workplace are given: dependencies, and parameters of paths."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from litestar.di import NamedDependency
from litestar.params import PathParameter
from sqlalchemy.ext.asyncio import AsyncSession

from servq.accounts.viewer import Viewer
from servq.web.api.places import LARGEST_NUMBER

Session = NamedDependency[AsyncSession]
Now = NamedDependency[datetime]
SignedInViewer = NamedDependency[Viewer]
"""Whoever looks at a page that is not for anybody."""
MaybeViewer = NamedDependency[Viewer | None]
"""Whoever looks at a page that is for anybody."""
RecordId = Annotated[int, PathParameter(ge=1, le=LARGEST_NUMBER)]
