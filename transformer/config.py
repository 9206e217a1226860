"""What the user asked for."""

from __future__ import annotations

from msgspec import Struct

MEGABYTE = 1_000_000


class Options(Struct, frozen=True):
    """The options of a run that change the answer for a file.

    ``runtime_base`` is auto or same; ``base_map`` has (old image, new image) pairs that go before the tables; ``keep``
    names packages and commands that stay in the final image; ``min_saving`` is in bytes. ``context`` is the build
    context's directory, None for the Dockerfile's own; ``no_context`` means that nothing but the Dockerfile is read.
    ``guard`` adds a check to the final stage that makes the build fail if a library or module is missing. ``stage`` is
    the name of the build stage, "" for the first of our own that the file does not use. ``require_reason`` refuses a
    pragma that does not say why it stands there. ``template_dir`` has templates of the user's own; "" is none.
    ``blank_lines`` stand between the stages, and with ``comment`` a line above the final one says what it is.
    ``no_cache`` changes no answer: nothing is kept in the user's cache folder, or looked up there.
    """

    runtime_base: str = "auto"
    base_map: tuple[tuple[str, str], ...] = ()
    pin: bool = False
    keep: tuple[str, ...] = ()
    min_saving: int = 0
    unsafe: bool = False
    context: str | None = None
    no_context: bool = False
    guard: bool = False
    stage: str = ""
    blank_lines: int = 1
    comment: bool = False
    require_reason: bool = False
    template_dir: str = ""
    no_cache: bool = False
