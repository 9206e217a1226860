"""What a project's PHP and its packages run and load, as far as that is known.

A program that stands there as a literal is needed; code that may run or load anything else leaves the facts open. Then
all that may be called stays, and only headers go: PHP compiles nothing when it runs.
"""

from __future__ import annotations

import fnmatch
import re

from transformer.context.php_source import PhpSource, read, read_markup, strings
from transformer.context.trees import Mention
from transformer.ecosystems.call import Project
from transformer.ecosystems.modules import modules_known
from transformer.ecosystems.php.extensions import NAME
from transformer.ecosystems.scripts import started_scripts
from transformer.ir.effects import Command, Library, Need
from transformer.ir.source import Position
from transformer.ir.verdict import ProgramFacts, Reason
from transformer.knowledge.programs import context_patterns, programs

_MAX_FILES, _MAX_TOTAL = 3_000, 8_000_000
_PHP = re.compile(r"php[\d.]*")
_RUN = re.compile(r"\$\(|`")
"""A command in a file of variables."""
_OPENS = re.compile(r"<\?(?:php\b|=)")
"""What code begins with in files of any name: others may include them."""
_LOADING = frozenset({"ffi"})
"""Extensions by which code loads any library."""
_TESTED = re.compile(r"['\"/](?:\.\.?/)*(?:[Tt]ests?|spec)/")
_SENDMAIL = re.compile(r"(?m)^\s*(?:php_(?:admin_)?value[\s\[]+)?sendmail_path\]?\s*=?\s*[\"']?(?P<program>[^\s\"';]+)")
"""The setting that says what ``mail`` runs ("Mail: runtime configuration")."""
_LOADED = re.compile(
    r"(?m)^\s*(?:php_(?:admin_)?value[\s\[]+)?"
    r"(?:ffi\.preload|auto_prepend_file|auto_append_file|opcache\.preload|zend_extension|extension)\]?[\s=]+[\"']?[/\w]"
)
"""Settings that load more ("List of php.ini directives")."""
_LOADED_BY_LINE = re.compile(
    r"\b(?:(?:ffi\.preload|auto_prepend_file|auto_append_file|opcache\.preload)[\]\s]*[=\s]\s*[\"']?[/\w]"
    r"|(?:zend_)?extension\s*=\s*[\"']?/)"
)
"""The same in a command that writes such a file; what an extension without a path is, other commands say."""
_SENDMAIL_BY_LINE = re.compile(r"\bsendmail_path\]?\s*[=\s]\s*[\"']?(?P<program>/?[\w.+-][\w./+-]*)")


def facts(project: Project) -> ProgramFacts:
    """Return the facts; a package that is not known, or code that may run programs, leaves them open."""
    context = project.context
    files = sorted({f for folder in project.folders for f in context.under(folder)})
    readers = dict.fromkeys(_running(files, project), read)
    readers |= dict.fromkeys((f for f in files if _is(f, "markup")), read_markup)
    texts = {f: context.read(f) for f in readers} if len(readers) <= _MAX_FILES else {}
    known = {f: t for f, t in texts.items() if t is not None}
    readable = context.complete and bool(known) and len(known) == len(readers)
    readable = readable and sum(map(len, known.values())) <= _MAX_TOTAL
    said = {f: readers[f](t) for f, t in known.items()} if readable else {}
    settings = {f: context.read(f) or "" for f in files if _is(f, "settings_of_php")}
    vague = [f"{f}:{m.line} (`{m.text}`)" for f, s in said.items() for m in (*s.dynamic, *s.code)]
    vague += [f"{f}:{m.line} (loads {m.text})" for f, s in said.items() for m in s.libraries]
    vague += [
        f"{f}:{m.line} (loads {m.text})" for f, s in said.items() for m in s.includes if _is_elsewhere(m.text, files)
    ]
    vague += [f"{f} (an archive)" for f in files if _is(f, "archives")]
    vague += [f"{f} (compiled)" for f in files if _is(f, "addons")]
    vague += [f"{f} (commands)" for f in files if _is(f, "variables") and _RUN.search(context.read(f) or "")]
    vague += [f"{f} (loads more)" for f, text in settings.items() if _LOADED.search(text)]
    vague += [f"`{line}` (loads more)" for line in project.lines if _LOADED_BY_LINE.search(line)]
    modules = modules_known(NAME, project.installed, project.release)
    closed = readable and not vague and not modules.unread
    extensions = tuple(d for d in project.installed if d.name and "/" not in d.name)
    proven = bool(extensions) and not modules_known(NAME, extensions, project.release).unread
    needs = [need for f, s in said.items() for need in _needs(f, s)]
    needs += [n for f, text in settings.items() for n in _mailing(f, text)]
    needs += [
        Need(Command(m["program"]), f"`{line}` says that mail runs it")
        for line in project.lines
        for m in _SENDMAIL_BY_LINE.finditer(line)
    ]
    needs += [] if closed else [Need(Library(n), "an extension may be linked with it") for n in _linked()]
    why = Reason("not all code was read that may use it" if not closed else "PHP may read it")
    return ProgramFacts(
        NAME,
        False,
        closed,
        frozenset(name for t in known.values() for name in strings(t)),
        frozenset(),
        tuple(needs),
        tuple((kind, why) for kind in programs().data_packages),
        modules.unread or (tuple(vague) if readable else ("the project's own code",)),
        modules.packages,
        modules.loose,
        read=readable,
        links=not closed and (not proven or any(d.name in _LOADING for d in extensions)),
    )


def _running(files: list[str], project: Project) -> list[str]:
    """Return the code that may be loaded: not the tests, unless a file that is none names their directories."""
    code = [f for f in files if _is(f, "code") and not _is(f, "markup")]
    others = [f for f in files if not _is(f, "code") and not _is(f, "markup")] if len(files) <= _MAX_FILES else []
    code += [f for f in others if _OPENS.search(project.context.read(f) or "")]
    code += started_scripts(files, project, _PHP, code[:_MAX_FILES])
    tests = {f for f in code if _is(f, "test_files")}
    rest = (project.context.read(f) for f in code if f not in tests) if tests else ()
    named = any(text is not None and _TESTED.search(text) for text in rest)
    return code if named else [f for f in code if f not in tests]


def _is(file: str, kind: str) -> bool:
    """Whether a file has such a name, or lies in such a directory (patterns that end in a slash)."""
    parts = file.split("/")
    folders = {f"{part}/" for part in parts[:-1]}
    return any(p in folders or fnmatch.fnmatchcase(parts[-1], p) for p in context_patterns()[NAME][kind])


def _is_elsewhere(name: str, files: list[str]) -> bool:
    """Whether a file that is included is none of the project, nor one that Composer makes there: PHP looks for it in
    directories of the system, too ("include_path").
    """
    return "vendor/" not in name and not any(f == name or f.endswith(f"/{name}") for f in files)


def _needs(file: str, said: PhpSource) -> list[Need]:
    runs = [Need(Command(m.text), f"{file}:{m.line} runs it", _at(m), file) for m in said.commands]
    loads = [Need(Library(_soname(m.text)), f"{file}:{m.line} loads it", _at(m), file) for m in said.libraries]
    return runs + loads


def _mailing(file: str, text: str) -> list[Need]:
    found = (m["program"] for m in _SENDMAIL.finditer(text))
    return [Need(Command(p), f"{file} says that mail runs it", Position(1, 1), file) for p in found]


def _at(mention: Mention) -> Position:
    return Position(mention.line, 1)


def _soname(name: str) -> str:
    return name.rpartition("/")[2]


def _linked() -> tuple[str, ...]:
    """Return the libraries that the compilers themselves link extensions with."""
    return programs().extension_libraries
