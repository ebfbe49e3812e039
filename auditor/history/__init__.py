"""The nights side by side: what the history keeps of each, where it keeps it, and what changed between them."""
