"""What a report is about, which body is responsible, and which open cases may be the same. Proposes, never decides."""
