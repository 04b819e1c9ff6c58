"""The contract and the exchange in the words of others: ODRL, and the Dataspace Protocol 2025-1."""
