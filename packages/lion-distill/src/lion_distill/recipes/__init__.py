"""Packaged configurations of training."""
