"""One module a page: a list of cards and the filters that they share."""
