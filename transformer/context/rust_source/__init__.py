"""What Rust sources say: what they run, load, link and open."""

from transformer.context.literals import Mention
from transformer.context.rust_source.program import RustProgram, read

__all__ = ["Mention", "RustProgram", "read"]
