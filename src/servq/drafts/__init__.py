"""Instruments of the organisation: drafts that several people write, and the versions published from them."""
