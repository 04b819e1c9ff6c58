"""Standards of the city: data elements, code lists, data models and region codes, versioned and effective-dated."""
