"""What the paths that a Go program imports mean: which are of the standard library, and what they need at run time."""

from __future__ import annotations

import re
from collections.abc import Iterable

_STANDARD = frozenset(
    """
    archive bufio bytes cmp compress container context crypto database debug embed encoding errors expvar flag fmt go
    hash html image index internal io iter log maps math mime net os path plugin reflect regexp runtime slices sort
    strconv strings structs sync syscall testing text time unicode unique unsafe weak C
    """.split()  # noqa: SIM905 a table
)
"""First elements of the standard library's paths: `go list std`, Go 1.26."""
_HTTP = r"net/http(/.*)?|net/rpc(/jsonrpc)?|expvar"
_USES = {
    "tls": _HTTP + r"|crypto/tls|crypto/x509|net/smtp",
    "mime": _HTTP + r"|mime|mime/multipart|net/mail",
    "netdb": _HTTP + r"|net|crypto/tls|crypto/x509|net/(mail|smtp|textproto)|mime/multipart|log/syslog",
    "users": r"os/user|archive/tar",
}
"""Who imports crypto/x509, mime, net and os/user, directly or not: `go list -deps`, Go 1.26."""
RUNS_GO = frozenset({"go/build", "go/importer"})
RUNS_ANYTHING = frozenset({"net/http/cgi"})
"""Packages that import os/exec."""
EMBEDS_TIMEZONES = "time/tzdata"


def is_standard(path: str) -> bool:
    """Whether a package is one of the standard library."""
    return path.partition("/")[0] in _STANDARD


def uses(paths: Iterable[str]) -> frozenset[str]:
    """Return what a program that imports these packages may use: tls, mime, netdb, users."""
    every = tuple(paths)
    return frozenset(name for name, used in _USES.items() if any(re.fullmatch(used, path) for path in every))
