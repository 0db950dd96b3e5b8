"""WebR: instruction-tuning data from raw web documents (arXiv 2504.15573)."""

from webr_synth.__about__ import __version__

__all__ = ["__version__"]
