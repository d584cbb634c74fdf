"""Studies: surveys of several audiences about one organisation, bound together."""
