"""What switches know of each other and of who sits behind which port: LLDP, CDP and forwarding tables."""
