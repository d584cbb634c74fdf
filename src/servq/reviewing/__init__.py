"""Documentation review: which service records are reviewed by whom, and the note that the team gets back."""
