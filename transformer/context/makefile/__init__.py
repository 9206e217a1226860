"""The shell commands that ``make`` would run, for Makefiles that are surely understood. As GNU make 4.3 does it."""

from transformer.context.makefile.make import recipes

__all__ = ["recipes"]
