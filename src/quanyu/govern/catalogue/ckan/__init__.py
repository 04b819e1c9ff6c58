"""The catalogue as CKAN's Action API shows it (read only)."""
