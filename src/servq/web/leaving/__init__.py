"""Where people end the mails to them."""

from servq.web.leaving.routes import leaving_routes

__all__ = ["leaving_routes"]
