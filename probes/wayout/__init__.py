"""The way out of a campus: sites that answer, public addresses, the path, and whose network that is."""
