"""The top floor: the command line, the inventory, the plan, the runner and the bundle."""
