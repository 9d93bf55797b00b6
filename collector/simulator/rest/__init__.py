"""The REST half of the simulated API."""
