"""Datasets and the files that arrive for them: received, checked by the engine, seen whole or not at all."""
