"""How each kind of log store is looked at: one module for each, with a coroutine ``read``."""
