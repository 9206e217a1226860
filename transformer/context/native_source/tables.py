"""The functions of C and C++ that take the name of a command, a library or a file, and how sources look."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from transformer.knowledge.loader import rows

MAX_MENTIONS = 2_000
"""How many places are noted; a program with more is not complete."""
SUFFIXES = r"(?is).*\.(c|h|cc|cpp|cxx|c\+\+|hh|hpp|hxx|h\+\+|inl|ipp|tpp|tcc|txx|inc|def|y|l|yy|ll|m|mm|cu)"
OTHER_LANGUAGES = r"(?is).*\.(f|for|ftn|f77|f90|f95|f03|f08|ads|adb|pas|pp|d|mod|cob|cbl|m|mm|cu|cl|vala|nim|zig)"
"""Sources that the same compilers take, or that become C, and that are not read here."""
TOKENS = (
    r"(?s)//(?:[^\\\n]|\\\r?\n|\\.)*+|/\*(?:.*?\*/|(.*))"
    r"|\"[^\"\\\n]*+(?:\\(?:\r?\n|[^\n])[^\"\\\n]*+)*+\"|\"([^\n]*+)"
    r"|R\"(?P<tag>[^\s()\\\"]{0,16})\((?:.*?\)(?P=tag)\"|(.*))"
    r"|'(?:(?<=u8')|(?<![0-9A-Fa-f]'))[^'\\\n]*+(?:\\[^\n][^'\\\n]*+)*+'"
)
"""Comments, strings and characters; a group without a name is what has no end."""
_CALLS = {
    "commands": "execl execlp execle execv execvp execve execvpe posix_spawn:1 posix_spawnp:1",
    "scripts": "system popen _popen wordexp g_spawn_command_line_sync g_spawn_command_line_async",
    "loads": "dlopen dlmopen:1 lt_dlopen lt_dlopenext g_module_open SDL_LoadObject",
    "opens": "fopen fopen64 freopen open open64 openat:1 creat opendir scandir ftw nftw glob stat lstat access realpath"
    " stat64 lstat64 fstatat:1 statx:1 faccessat:1 readlink readlinkat:1 inotify_add_watch:1 bindtextdomain:1"
    " directory_iterator recursive_directory_iterator sqlite3_open sqlite3_open_v2",
    "services": "getaddrinfo:1",
    "dynamic_services": "getservbyname getservbyport getservent getprotobyname getprotobynumber getprotoent getnameinfo"
    " getservbyname_r getservbyport_r getprotobyname_r getprotobynumber_r getrpcbyname getrpcbynumber",
    "dynamic_commands": "fexecve execveat g_spawn_async g_spawn_sync QProcess SYS_execve __NR_execve",
    "dynamic_loads": "QLibrary QPluginLoader",
    "dynamic_opens": "chdir fchdir chroot fts_open",
}
"""The functions, and which argument is the name if not the first; one of a ``dynamic_…`` row says too little."""
METHODS = frozenset({"open"})
"""Names that count as methods too: std::ifstream::open."""
STREAM = r"fstream\b\s*+(?:<[^<>;(){}]*+>\s*+)?(?:>\s*+)?(?:(\w++)\s*+)?([({;])"
"""A file stream: its name, and what follows."""
SPAWNERS = r"#[ \t]*include[ \t]*<(boost/process[^>]*|QProcess|Poco/Process\.h)>"
NOTHING = frozenset({"NULL", "nullptr", "0"})


@cache
def functions() -> dict[str, tuple[str, int]]:
    """Return the kind of each function, and which argument is the name."""
    words = [(kind, word.partition(":")) for kind, row in _CALLS.items() for word in row.split()]
    return {name: (kind, int(at or 0)) for kind, (name, _, at) in words}


@cache
def calls() -> re.Pattern[str]:
    """Return the pattern that finds each function, and the bracket after it."""
    return re.compile(r"\b(" + "|".join(sorted(functions(), key=len, reverse=True)) + r")\b\s*([({]?)")


@cache
def standard_headers() -> tuple[frozenset[str], tuple[str, ...]]:
    """Return the headers of the languages and the system: their names, and directories with all that is in them."""
    names = [name for _, row in rows(f"{Path(__file__).parent}/headers.tsv") for name in row.split()]
    return frozenset(names), tuple(name for name in names if name.endswith("/"))


@cache
def path_headers() -> frozenset[str]:
    """Return the headers of the language whose functions open files by names that may come from anywhere."""
    table = rows(f"{Path(__file__).parent}/headers.tsv")
    return frozenset(name for origin, row in table if origin == "paths" for name in row.split())
