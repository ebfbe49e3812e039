"""How a family of commands adds its own to the parser."""

from __future__ import annotations

import argparse
from collections.abc import Callable

Command = Callable[[str, str], argparse.ArgumentParser]
"""Adds a command by its name and its one line of help, and returns its parser."""
