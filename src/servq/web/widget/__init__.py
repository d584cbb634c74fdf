"""Surveys in the pages of others: the script that they load, and the addresses that it calls."""

from servq.web.widget.desk import WidgetDesk
from servq.web.widget.routes import widget_routes

__all__ = ["WidgetDesk", "widget_routes"]
