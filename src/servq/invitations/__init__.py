"""Who is asked: contacts and their personal single-use links."""
