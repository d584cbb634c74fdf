"""The page of a wave's fieldwork, behind a private link."""

from servq.web.fieldwork.routes import fieldwork_routes

__all__ = ["fieldwork_routes"]
