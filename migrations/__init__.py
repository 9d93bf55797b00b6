"""Alembic's migrations, and the environment that runs them on both databases."""
