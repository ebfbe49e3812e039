"""Questions put to what was measured already: what changed, what would earn more, what is the cheapest way."""
