"""Rebuilding ``data/``: from the package archive, and what cannot be rebuilt offline from a folder of facts.

``python -m transformer.knowledge.refresh`` says how; no other code of the project imports this package.
"""
