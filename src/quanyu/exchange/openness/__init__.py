"""Open data: files for anybody, after the gate."""
