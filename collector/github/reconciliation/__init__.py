"""Comparing what is held of a repository with GitHub's own totals, and mending what differs."""
