"""Whole databases: copied between SQLite and PostgreSQL, backed up, restored and verified."""
