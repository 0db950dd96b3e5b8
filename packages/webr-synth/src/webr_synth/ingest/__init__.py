"""From raw web documents to clean text: WARC, HTML, JSON, Parquet, plain text, hub data sets.

:func:`webr_synth.ingest.pipeline.ingest` does it; importing this package alone loads no parser.
"""

from webr_synth.ingest.settings import IngestSettings

__all__ = ["IngestSettings"]
