"""Pictures of floor plans, made harmless and small enough for a report."""
