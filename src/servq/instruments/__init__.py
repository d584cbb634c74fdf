"""Instruments as data: describing, loading, checking and freezing them."""
