"""FollowBench: multi-level constraint following (arXiv 2310.20410), as a library and a command."""
