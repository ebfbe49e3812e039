"""Whether a system answers in its own protocol, one file a protocol: the least question that changes nothing."""
