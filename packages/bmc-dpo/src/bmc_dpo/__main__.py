"""``python -m bmc_dpo``."""

from bmc_dpo.cli import main

if __name__ == "__main__":
    main()
