"""When tests that load the network may run: what an inventory says about it."""
