"""Shell text to ``ir.script``: what the commands of a RUN are, and what their words become.

Two readers must agree: tree-sitter-bash gives the structure, ``lexer`` gives the words, and nothing may lie between
them. Where they differ the text is opaque. Pure functions; importing this package does not import tree-sitter.
"""

from __future__ import annotations

from transformer.shell.execform import exec_form, unwrap
from transformer.shell.expansion import Expanded, expand, fields
from transformer.shell.script import parse_script

__all__ = ["Expanded", "exec_form", "expand", "fields", "parse_script", "unwrap"]
