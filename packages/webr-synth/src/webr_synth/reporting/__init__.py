"""What a data set is like: reports and comparisons."""
