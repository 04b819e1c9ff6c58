"""Data on its way out: the engine, the ledger, the formats, the cut."""
