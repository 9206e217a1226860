"""What Go sources of a build context say: packages, imports, strings, and what they run and open."""

from transformer.context.go_source.program import GoProgram, main_name
from transformer.context.go_source.reading import read
from transformer.context.literals import Mention

__all__ = ["GoProgram", "Mention", "main_name", "read"]
