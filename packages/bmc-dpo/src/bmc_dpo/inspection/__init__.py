"""Pairs made visible: what differs, how much it weighs, what it earns."""
