"""Uses of an instrument: created, launched with a frozen revision, collected in waves, closed."""
