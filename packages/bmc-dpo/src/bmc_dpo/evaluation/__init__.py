"""Accuracy on tasks with checkable answers, and answers to open prompts for other judges."""
