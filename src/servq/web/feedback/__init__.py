"""The permanent feedback form: a page for people and an address for a widget."""

from servq.web.feedback.desk import FeedbackDesk
from servq.web.feedback.routes import feedback_routes

__all__ = ["FeedbackDesk", "feedback_routes"]
