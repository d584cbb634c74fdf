"""Kiosks: one survey on a device that stands somewhere, with or without a network."""

from servq.web.kiosk.desk import KioskDesk
from servq.web.kiosk.routes import kiosk_routes

__all__ = ["KioskDesk", "kiosk_routes"]
