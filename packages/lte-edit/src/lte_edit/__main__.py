"""``python -m lte_edit``."""

from lte_edit.cli import main

if __name__ == "__main__":
    main()
