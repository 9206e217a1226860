"""What Rust sources say: what they run, load, link and open."""

from transformer.context.literals import Mention
from transformer.context.rust_source.program import RustProgram, constants_of, read

__all__ = ["Mention", "RustProgram", "constants_of", "read"]
