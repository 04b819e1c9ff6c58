"""One real thing, several records: matched with a confidence, reviewed, merged with provenance, and undone if wrong."""
