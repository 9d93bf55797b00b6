"""What the benchmarks beside other programs share: the simulated GitHub, measured programs, the peers."""
