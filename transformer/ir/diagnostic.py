"""What the tool tells a person: a code, a place, a reason and what to do next."""

from __future__ import annotations

from enum import Enum, IntEnum

from msgspec import Struct

from transformer.ir.source import Position


class Severity(Enum):
    """How much a diagnostic matters to the run."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


class Applicability(IntEnum):
    """How far a move may be trusted, as in ruff: only ``SAFE`` ones are applied without being asked for."""

    SAFE = 0
    UNSAFE = 1
    DISPLAY_ONLY = 2

    @property
    def label(self) -> str:
        """The word used in reports and JSON."""
        return ("safe", "unsafe", "display-only")[self]


class Status(Enum):
    """The answer for one file (JSON v1 ``status``)."""

    REWRITTEN = "rewritten"
    UNCHANGED = "unchanged"
    REFUSED = "refused"
    ERROR = "error"


class Diagnostic(Struct, frozen=True):
    """One finding. ``code`` names an entry of ``transformer.rules``; ``cure`` is the one change that would help."""

    code: str
    message: str
    position: Position | None = None
    cure: str = ""
    path: str = ""
    """The file that ``position`` is in when it is not the Dockerfile (a file of the context)."""
