"""PHP: extensions, Composer, and what runs the project's own code."""

from transformer.ecosystems.php.ecosystem import ECOSYSTEM

__all__ = ["ECOSYSTEM"]
