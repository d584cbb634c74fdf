"""Whom we may ask: addressable people, their consent, and the one contact policy."""
