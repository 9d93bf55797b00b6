"""Other people's SQL, run where it can do no harm."""
