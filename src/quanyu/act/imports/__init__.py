"""Cases of other systems, taken over with their state and history by a mapping that is data."""
