"""What the native files of a package are linked with."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator

EVERYWHERE = re.compile(
    r"(libc|libm|libdl|librt|libpthread|libutil|libresolv|libnsl|libstdc\+\+|libgcc_s|ld-linux.*)\.so.*"
)
"""What every image of a distribution with glibc has, and what manylinux (PEP 513) counts on."""
SHARED = re.compile(r"\.so(\.[0-9]+)*$")
"""How names of libraries end."""
_MACHINE = "EM_X86_64"


def needed(content: bytes) -> Iterator[str]:
    """Yield the libraries that an ELF file for amd64 asks for; nothing for any other file."""
    from elftools.common.exceptions import ELFError
    from elftools.elf.dynamic import DynamicSection
    from elftools.elf.elffile import ELFFile

    try:
        file = ELFFile(io.BytesIO(content))
        for section in file.iter_sections() if file["e_machine"] == _MACHINE else ():
            if isinstance(section, DynamicSection):
                yield from (str(tag.needed) for tag in section.iter_tags() if hasattr(tag, "needed"))
    except (ELFError, ValueError, UnicodeDecodeError):
        return
