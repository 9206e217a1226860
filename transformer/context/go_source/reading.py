"""A Go program of a build context as a whole."""

from __future__ import annotations

from transformer.context.build_context import BuildContext, normal
from transformer.context.go_source import cgo
from transformer.context.go_source.calls import Findings, search
from transformer.context.go_source.constants import constants_of
from transformer.context.go_source.file import embeds
from transformer.context.go_source.imports import EMBEDS_TIMEZONES, uses
from transformer.context.go_source.modules import Modules, modules_of
from transformer.context.go_source.program import GoProgram
from transformer.context.go_source.sources import Sources, sources_of
from transformer.context.literals import Mention, by_kind


def read(context: BuildContext, root: str, *, import_path: str | None = None) -> GoProgram:
    """Return what the Go files of the module at or around the context directory ``root`` say.

    Without a go.mod, ``import_path`` is where the directory stands below ``$GOPATH/src``, if known.
    """
    root = normal(root)
    modules = modules_of(context, root, import_path)
    sources = sources_of(context, modules, complete=context.complete and context.is_directory(root))
    findings = Findings(constants_of(sources.every), sources.complete)
    for file in sources.every:
        search(findings, context, file)
    return _program(modules, sources, by_kind(findings.found), complete=findings.complete)


def _program(
    modules: Modules, sources: Sources, mentions: dict[str, tuple[Mention, ...]], *, complete: bool
) -> GoProgram:
    every = frozenset(path for file in sources.every for path in file.paths)
    unseen, used = bool(sources.third_party) and not sources.vendored, uses(every)
    if EMBEDS_TIMEZONES in every:
        mentions.pop("uses_timezones", None)
    return GoProgram(
        module=next((path for folder, path in modules.found if folder == modules.top), None),
        modules=tuple(modules.found),
        mains=tuple(sorted({file.folder for file in sources.own if file.package == "main"})),
        doubtful=frozenset(
            {file.folder for file in sources.own if file.package == "main" and file.tagged}
            - {file.folder for file in sources.own if file.package == "main" and not file.tagged}
        ),
        imports=frozenset(path for file in sources.own for path in file.paths),
        stdlib_only=not sources.third_party,
        third_party=sources.third_party,
        vendored=sources.vendored,
        cgo="C" in every,
        cgo_flags=cgo.flags(sources.every),
        strings=frozenset(value for file in sources.own for _, value in file.source.literals.values()),
        embeds=frozenset(pattern for file in sources.own for pattern in embeds(file)),
        complete=complete,
        uses_tls=unseen or "tls" in used,
        uses_mime=unseen or "mime" in used,
        uses_netdb=unseen or "netdb" in used,
        uses_users=unseen or "users" in used,
        **mentions,
    )
