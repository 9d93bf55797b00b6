"""The few parts that every page is built from."""
