"""Wireless networks as a laptop hears them: scanning on each system, whose network it is, and files of surveys."""
