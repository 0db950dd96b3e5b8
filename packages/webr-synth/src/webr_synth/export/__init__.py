"""Rows for other tools: in their formats, and on the hub with a data set card."""

from webr_synth.export.flow import export_rows

__all__ = ["export_rows"]
