"""The rules that decide 350 of the 820 official items without a judge.

``released`` computes what the authors' scripts compute, bug for bug; ``fixed`` what a person
who counts and compares would say. docs/fidelity.md sets them side by side.
"""
