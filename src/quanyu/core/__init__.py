"""The shared words of the house: pure, no input or output."""
