"""How busy the lines out of the school are: their ports' octet counters, now and over the day."""
