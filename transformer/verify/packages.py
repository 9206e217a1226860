"""The packages of an image, from the databases of dpkg and apk."""

from __future__ import annotations

import re
from collections.abc import Mapping

from transformer.verify.image import Image

_DPKG = "/var/lib/dpkg/status"
_APK = ("/lib/apk/db/installed", "/usr/lib/apk/db/installed")
_INFO = "/var/lib/dpkg/info/"


def packages(image: Image) -> frozenset[str]:
    """Return the names of the installed packages (dpkg's status file, apk's database)."""
    found = set()
    for paragraph in image.texts.get(_DPKG, "").split("\n\n"):
        name = re.search(r"^Package: (\S+)$", paragraph, re.MULTILINE)
        if name and re.search(r"^Status: \S+ \S+ installed$", paragraph, re.MULTILINE):
            found.add(name[1])
    for path in _APK:
        found.update(re.findall(r"^P:(\S+)$", image.texts.get(path, ""), re.MULTILINE))
    return frozenset(found)


def owners(image: Image) -> Mapping[str, str]:
    """Return path -> package, from the lists of files that dpkg keeps."""
    found = {}
    for path, text in image.texts.items():
        if path.startswith(_INFO):
            package = path.removeprefix(_INFO).removesuffix(".list").partition(":")[0]
            found.update(dict.fromkeys(text.splitlines(), package))
    return found
