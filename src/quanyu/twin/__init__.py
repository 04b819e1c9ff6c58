"""The live state and history of the city."""
