"""What each command may be told; a file for each family of commands, and nothing heavy imported."""
