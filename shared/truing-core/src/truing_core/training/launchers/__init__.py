"""Configurations of `accelerate launch`, the same for every trainer."""
