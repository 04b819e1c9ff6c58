"""Sharing under a contract: requests, contracts, governed delivery with its ledger, disputes, open data, the dataspace."""
