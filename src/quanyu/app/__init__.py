"""Puts the house together: settings, wiring, the flow, HTTP, worker, command line, portal."""
