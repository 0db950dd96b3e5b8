"""``python -m webr_synth``."""

from webr_synth.cli import main

if __name__ == "__main__":
    main()
