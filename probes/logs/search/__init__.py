"""Lines of a log store that hold given bytes, whatever kind of store it is: one module for each."""
