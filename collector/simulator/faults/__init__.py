"""Faults on purpose: a plan of rules says which requests go wrong, how, and how often.

    Simulator(faults=Plan([Rule("bad-gateway", path="/repos/*/issues", nth=3)]))

A plan comes from Python, a TOML or JSON file (`flowmeter simulate --faults FILE`) or, while the server runs,
over HTTP (`/_simulator/faults`).
"""

from collector.simulator.faults.kinds import KINDS, TRANSIENT
from collector.simulator.faults.plan import Fired, Plan
from collector.simulator.faults.rules import FaultError, Rule, read_plan, rules_from

__all__ = ["KINDS", "TRANSIENT", "FaultError", "Fired", "Plan", "Rule", "read_plan", "rules_from"]
