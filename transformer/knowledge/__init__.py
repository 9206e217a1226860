"""Facts about OS packages and base images, read from data files; see ``data/SOURCES.md`` for where each comes from."""

from transformer.knowledge.images import BaseImage, ImageConfig, RuntimeImage, base_packages, image
from transformer.knowledge.packages import Release, Runtime, release
from transformer.knowledge.roles import Group, Role
from transformer.knowledge.tables import KnowledgeError

__all__ = [
    "BaseImage",
    "Group",
    "ImageConfig",
    "KnowledgeError",
    "Release",
    "Role",
    "Runtime",
    "RuntimeImage",
    "base_packages",
    "image",
    "release",
]
