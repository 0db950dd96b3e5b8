"""What a run came to: figures of every iteration, and a page to read."""
