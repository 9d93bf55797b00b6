"""Issues and alerts on their way to people: once each, by mail and webhook."""
