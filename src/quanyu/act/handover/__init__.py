"""交接班: the shift that ends leaves its cases, what has become overdue and what it promised; the next one signs for it."""
