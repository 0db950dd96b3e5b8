"""Configurations that reproduce the paper's settings, as files to copy and change."""
