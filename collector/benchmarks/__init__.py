"""Benchmark files of many formats turned into results: one module a format."""
