"""Where data comes from and where it goes: a graph of steps from a source's file to an export."""
