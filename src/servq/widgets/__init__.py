"""Widgets: surveys shown inside apps and pages of others, by display rules that are data."""
