"""A simulated campus on loopback: real protocols, invented devices, faults planted on purpose."""

from auditor.demo.campus import start
from auditor.demo.school import PLANTED

__all__ = ["PLANTED", "start"]
