"""QR codes, sheets for print and kiosk addresses: open links that say where they are met."""

from servq.web.qr.links import PlacedLink, placed_links

__all__ = ["PlacedLink", "placed_links"]
