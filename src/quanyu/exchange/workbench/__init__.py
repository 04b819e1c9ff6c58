"""The workbench: SQL over whatever a person may read, by their office, because it is open, or under a contract."""
