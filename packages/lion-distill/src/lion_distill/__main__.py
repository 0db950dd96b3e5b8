"""``python -m lion_distill``: the same as the command, for launchers such as accelerate's."""

from lion_distill.cli import main

if __name__ == "__main__":
    main()
