"""A memory in one SQLite file: many edits for one machine, nothing to set up."""
