"""What respondents answer: validated, stored, changed, and handed to the pure half as an answer table."""
