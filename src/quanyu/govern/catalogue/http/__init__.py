"""The catalogue over HTTP: our own API, the CKAN Action API for reading, DCAT-AP."""

from quanyu.govern.catalogue.http import ckan, dcat, entries, grades, pages

routes = (*pages.routes, *entries.routes, *grades.routes, *ckan.routes, *dcat.routes)
