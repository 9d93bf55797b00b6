"""One SQL file a metric, read by the catalogue and computed by the refresh."""
