"""Pictures of every page of the portal, for the docs and for looking at: `python -m scripts.pictures --help`."""
