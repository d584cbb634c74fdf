"""Messages to contacts: composed from templates, sent over SMTP."""
