"""NGSI-LD itself (ETSI GS CIM 009): names, documents, queries. Pure: no database, no HTTP."""
