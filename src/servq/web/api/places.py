"""What the addresses of the JSON interface share: path parameters, dependencies, the largest number."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from litestar.di import NamedDependency
from litestar.params import PathParameter
from sqlalchemy.ext.asyncio import AsyncSession

LARGEST_NUMBER = 2**31 - 1
"""Largest number that every database takes as a key."""

Session = NamedDependency[AsyncSession]
Now = NamedDependency[datetime]
SurveyId = Annotated[int, PathParameter(description="Number of the survey.", ge=1, le=LARGEST_NUMBER)]
EventId = Annotated[int, PathParameter(description="Number of the event.", ge=1, le=LARGEST_NUMBER)]
RuleId = Annotated[int, PathParameter(description="Number of the rule.", ge=1, le=LARGEST_NUMBER)]
WebhookId = Annotated[int, PathParameter(description="Number of the webhook.", ge=1, le=LARGEST_NUMBER)]
DeliveryId = Annotated[int, PathParameter(description="Number of the delivery.", ge=1, le=LARGEST_NUMBER)]
LinkId = Annotated[int, PathParameter(description="Number of the link.", ge=1, le=LARGEST_NUMBER)]
