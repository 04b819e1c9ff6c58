"""Grading by GB/T 43697: what is found in a dataset, what grade follows, and who confirms it."""
