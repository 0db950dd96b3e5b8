"""Bridging (section 3.1 of the paper): an editor mends y_l where it must, which gives ỹ_w."""
