"""Records that were refused: seen with all their reasons, mended by hand or by rule, released or dismissed."""
