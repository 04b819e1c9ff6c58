"""The catalogue in DCAT-AP 3."""
