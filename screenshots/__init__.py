"""Pictures of the real command line: `python -m screenshots` makes those of docs/img."""
