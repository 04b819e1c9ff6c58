"""The 政务数据目录: entries, their versions, search, samples, and the catalogue as CKAN and DCAT clients read it."""
