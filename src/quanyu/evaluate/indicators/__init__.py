"""What the city measures: indicators as data, computed from cases, entities, their history and datasets."""
