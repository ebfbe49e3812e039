"""The map of Wi-Fi coverage: what points of a survey say of the floor between them, and where they say nothing."""
