"""What holds for all strata."""

from hypothesis import settings

# Shared machines stall now and then; how long an example takes is a matter for `make bench`, never for a test.
settings.register_profile("campus", deadline=None, print_blob=True)
settings.load_profile("campus")
