"""What people write by hand: TOML read with line numbers, and every mistake named with what is allowed."""
