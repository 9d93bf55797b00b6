"""The outside world turned into rows: jobs that page through GitHub, git and benchmark files."""
