"""From raw web documents to clean text: WARC, HTML, JSON, Parquet, plain text, hub data sets."""

from webr_synth.ingest.counts import Counts
from webr_synth.ingest.settings import IngestSettings

__all__ = ["Counts", "IngestSettings"]
