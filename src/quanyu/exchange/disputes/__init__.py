"""异议: a field that is wrong, and what everybody is told of it."""
