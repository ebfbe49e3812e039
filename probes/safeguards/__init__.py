"""Harmless tests of the safeguards: what each one sends is decided first, and only that is sent."""
