"""The lowest floor: what there is to look at, how to look, and what was seen. Nothing here knows of points."""
