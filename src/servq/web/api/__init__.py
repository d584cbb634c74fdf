"""The JSON interface for programs, under ``/api/v1``; every address needs an API key."""

from servq.web.api.errors import answer_with_problem
from servq.web.api.routes import API_PATH, api_routes

__all__ = ["API_PATH", "answer_with_problem", "api_routes"]
