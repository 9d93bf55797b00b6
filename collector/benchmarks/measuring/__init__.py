"""Measures XLA on against off on this machine; each case in a process of its own."""
