"""The second floor: rubrics as data, and the pure function that judges observations by them."""
