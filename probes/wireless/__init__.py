"""Wireless controllers and their access points, as far as no network is needed to think about them."""
