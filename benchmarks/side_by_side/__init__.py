"""What benchmarks share that measure peers, each in an environment and a process of its own.

A script asks for ``--peer NAME=PYTHON`` and runs itself by that interpreter, so it may import
nothing at its top but this and the standard library.
"""
