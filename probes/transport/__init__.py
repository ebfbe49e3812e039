"""How a device is reached: one file per protocol, one class per session."""
