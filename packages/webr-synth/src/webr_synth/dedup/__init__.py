"""Near-duplicates: MinHash and banding propose pairs, exact Jaccard similarity decides."""

from webr_synth.dedup.index import Match, NearDuplicates

__all__ = ["Match", "NearDuplicates"]
