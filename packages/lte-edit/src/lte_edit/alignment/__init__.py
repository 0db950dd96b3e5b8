"""The alignment phase's data: each question twice, under edits and bare (LTE, section 3.1)."""
