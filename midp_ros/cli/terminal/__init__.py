"""What long commands and reports look like in a terminal."""
