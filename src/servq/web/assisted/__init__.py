"""The entry page of interviewers on the telephone and at the counter."""

from servq.web.assisted.routes import assisted_routes

__all__ = ["assisted_routes"]
