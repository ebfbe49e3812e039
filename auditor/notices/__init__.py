"""Messages about what changed: found by comparing nights, put into words, sent until they have arrived."""
