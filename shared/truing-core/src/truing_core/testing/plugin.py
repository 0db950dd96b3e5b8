"""pytest fixtures shared by the packages (registered through the pytest11 entry point)."""
