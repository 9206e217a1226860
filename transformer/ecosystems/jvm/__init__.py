"""Java: the JDK's tools, Maven, Gradle, and the programs that the virtual machine runs."""

from transformer.ecosystems.jvm.ecosystem import ECOSYSTEM

__all__ = ["ECOSYSTEM"]
