"""The thin shared core of the Truing tools; it knows no method."""
