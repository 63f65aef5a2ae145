"""Which action of which chunk is in force, and how a chunk takes over from the one before it."""
