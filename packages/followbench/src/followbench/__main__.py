"""``python -m followbench``."""

from followbench.cli import main

if __name__ == "__main__":
    main()
