"""Decide which agent counts where a benchmark was run by several agents with the same model.

Agents change scores by as much as models do. The agent that a benchmark's authors run with every model
counts, because its figures differ by the model alone; where it was not run, the agent with the highest
figure counts.
"""

from __future__ import annotations

from datetime import date

from evals.catalogue.duplicates import normalised

STANDARD_AGENTS = ("minisweagent", "miniswe", "mini", "terminus")
"""The beginnings of the names of SWE-bench's and Terminal-Bench's own agents, normalised."""


def is_standard(agent: str) -> bool:
    """Return whether a benchmark's authors run this agent with every model."""
    name = normalised(agent)
    return any(name.startswith(known) if known != "mini" else name == known for known in STANDARD_AGENTS)


def preference(agent: str, value: float, on: date) -> tuple[bool, float, date, str]:
    """Return the sort key of a figure: of several agents', the greatest counts."""
    return is_standard(agent), value, on, agent
