"""The look of an organisation's reports, kept in the database."""
