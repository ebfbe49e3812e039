"""Attesting without editing TOML: what is still open, the answers that people give, and who said what and when."""
