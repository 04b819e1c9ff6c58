"""Routes of datasets and imports.

They ask for `actor`, `database`, `folder` and `clock`; `upload_limit` (bytes) may be given as well.
"""

from quanyu.govern.imports.http import datasets, imports, records

routes = (*imports.routes, *datasets.routes, *records.routes)
