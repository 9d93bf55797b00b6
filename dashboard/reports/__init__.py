"""Digests written from the same metrics as the pages, as HTML and text."""
