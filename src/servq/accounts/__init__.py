"""Who may manage surveys: people, their roles, and keys for programs."""
