"""Visits to a served dashboard: by one browser that is timed, and by many readers at once."""
