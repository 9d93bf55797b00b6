"""One field that finds repositories, people, organisations, use cases, metrics and pages."""
