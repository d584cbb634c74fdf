"""How the collection of a wave goes: who was asked, who was not and why, and how many answered.

No tables of its own: it reads those of contacts, invitations and responses, which do not know it.
"""
