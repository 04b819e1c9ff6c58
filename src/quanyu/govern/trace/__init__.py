"""From an entity back to the line of the file it came from."""
