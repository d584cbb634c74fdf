"""Closing the loop: a low score opens a follow-up, with an owner, a day by which it is due, notes and an end."""
