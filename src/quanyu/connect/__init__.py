"""Where data comes in: files and sources that keep running."""
