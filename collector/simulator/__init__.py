"""A GitHub that runs on loopback, with a made-up community of any size, for the sample, tests and load."""
