"""Configurations with the paper's numbers, as files to copy and change."""
