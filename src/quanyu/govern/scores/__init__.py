"""Quality over time: the rules of each dataset, what they come to, its trend, and the ledger of defects."""
