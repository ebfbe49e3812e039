"""What observations hold, one file for what belongs together; ``probes.kinds`` names them."""
