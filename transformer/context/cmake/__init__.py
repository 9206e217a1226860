"""What a CMake project of a build context builds and installs, read as CMake would run it on Linux."""

from transformer.context.cmake.project import CMakeProject, Install
from transformer.context.cmake.reading import read
from transformer.context.cmake.state import SOURCE

__all__ = ["SOURCE", "CMakeProject", "Install", "read"]
