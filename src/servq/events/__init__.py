"""What happened at the service, and the rules by which it starts a survey."""
