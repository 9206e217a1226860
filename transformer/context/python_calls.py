"""The functions of Python's library that run programs, load libraries, open files or import, and what names mean."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from transformer.context.python_text import is_standard

_FORMS = {
    "argv": "subprocess.run subprocess.call subprocess.check_call subprocess.check_output subprocess.Popen pty.spawn",
    "shell": "os.system os.popen subprocess.getoutput subprocess.getstatusoutput asyncio.create_subprocess_shell"
    " asyncio.subprocess.create_subprocess_shell loop.subprocess_shell:1",
    "line": "pexpect.spawn pexpect.spawnu pexpect.run",
    "exec": "os.execv os.execve os.execvp os.execvpe os.posix_spawn os.posix_spawnp os.spawnv:1 os.spawnve:1"
    " os.spawnvp:1 os.spawnvpe:1",
    "execl": "os.execl os.execle os.execlp os.execlpe os.spawnl:1 os.spawnle:1 os.spawnlp:1 os.spawnlpe:1",
    "words": "asyncio.create_subprocess_exec asyncio.subprocess.create_subprocess_exec loop.subprocess_exec:1",
    "which": "shutil.which",
    "loads": "ctypes.CDLL ctypes.PyDLL ctypes.cdll.LoadLibrary ctypes.pydll.LoadLibrary ctypes.util.find_library",
    "opens": "open io.open codecs.open os.open gzip.open bz2.open lzma.open tarfile.open zipfile.ZipFile"
    " sqlite3.connect pathlib.Path pathlib.PosixPath pathlib.PurePath os.listdir os.scandir os.walk os.chdir"
    " glob.glob glob.iglob",
    "imports": "__import__ importlib.import_module",
    "modules": "runpy.run_module importlib.reload importlib.util.spec_from_file_location imp.load_module",
    "scripts": "runpy.run_path imp.load_source:1 importlib.machinery.SourceFileLoader:1",
    "code": "eval exec compile execfile globals code.interact types.FunctionType",
    "dynamic": "pty.fork pipes.Template http.server.CGIHTTPRequestHandler",
}
CALLS = {
    name: (form, int(at or 0))
    for form, row in _FORMS.items()
    for name, _, at in (word.partition(":") for word in row.split())
}
"""The functions, how each is called, and which argument is the program or the file."""
BUILTINS = frozenset(name for name in CALLS if "." not in name)
"""Those that need no import."""
TAILS = {
    name.rpartition(".")[2]: name
    for name in sorted(CALLS)
    if CALLS[name][0] in {"shell", "exec", "execl", "words"} or name.endswith(("Popen", "check_call", "check_output"))
}
"""Methods whose names mean one thing, whatever the object is: ``libc.system``, ``sys.modules["os"].popen``."""
RUNNING = frozenset(
    {"os", "subprocess", "pty", "pexpect", "asyncio", "asyncio.subprocess", "runpy", "importlib", "imp", "builtins"}
)
"""Modules that can run anything: what becomes of them when they are handed around as values is not followed."""
NAMED = frozenset({"subprocess", "pty", "pexpect"})
"""Those of them whose functions are not known by ``TAILS`` alone: a script that says such a name may get the module."""
UNSEEN = ("webbrowser", "mailcap", "logging.config", "zipimport")
"""Modules that run programs, or import modules, by names that do not stand in the script."""
OBJECTS = ("sys.modules", "sys.path", "sys.meta_path", "sys.path_hooks", "__builtins__", "__loader__")
"""Objects through which other code comes in."""
_KINDS = {
    "imports": ("importlib", "imp", "runpy", "logging.config", *OBJECTS[:4]),
    "code": ("builtins", "__builtins__"),
}
"""Modules and objects that bring in modules by name, or code; all others of the above may run programs."""


def kind_of(name: str) -> str:
    """Return the field of ``PythonSource`` for a name that is not followed: what it may do at the most."""
    form = CALLS.get(name, ("", 0))[0]
    by_form = {"imports": "imports", "modules": "imports", "scripts": "code", "code": "code"}.get(form)
    by_name = next((kind for kind, names in _KINDS.items() if within(name, names)), None)
    return f"dynamic_{by_form or by_name or 'commands'}"


def within(name: str, objects: tuple[str, ...]) -> bool:
    """Whether a dotted name is one of ``objects``, or something of one."""
    return any(name == o or name.startswith(o + ".") for o in objects)


def meanings(parts: tuple[str, ...], aliases: Mapping[str, set[str]]) -> Iterator[str]:
    """Yield what a name with its attributes may stand for: functions of the library, or itself if none is known."""
    for head in sorted(aliases.get(parts[0], {parts[0]})):
        full = tuple(head.split(".")) + parts[1:]
        yield _known(full, imported=parts[0] in aliases)


def _known(parts: tuple[str, ...], *, imported: bool) -> str:
    for at in range(len(parts)):
        name = ".".join(parts[at:])
        if name in CALLS and (at == 0 or "." in name or parts[at - 1] == "builtins"):
            return name
    foreign = len(parts) > 1 and not (imported and is_standard(parts[0]))
    return TAILS.get(parts[-1], ".".join(parts)) if foreign else ".".join(parts)


def exported(module: str) -> Iterator[str]:
    """Yield the names that ``from module import *`` brings, as far as they matter."""
    prefix = module + "."
    for name in CALLS:
        if name.startswith(prefix) and "." not in name.removeprefix(prefix):
            yield name.removeprefix(prefix)
