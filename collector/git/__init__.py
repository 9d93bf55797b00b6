"""A clone's history turned into commits, with one streamed git log."""
