"""Whom we may ask: addressable people, their consent, and the one contact policy.

Everything that invites asks here first. Imports `servq.invitations`, never the other way round.
"""
