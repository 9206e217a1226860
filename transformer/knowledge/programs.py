"""Programs, variables and directories by name, files of a context by theirs, tools of containers: what each is."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from msgspec import Struct, convert

_SECTIONS = (
    "entry",
    "servers",
    "environment",
    "filesystem",
    "text",
    "cleaning",
    "interpreter_places",
    "compiler",
    "compiling",
    "ruby",
    "python",
)
"""The tables of ``programs.toml`` whose keys are fields of :class:`Programs`; other tables are fields themselves."""


class OutputKeys(Struct, frozen=True):
    """How settings of build tools say where the output goes: names of settings, those that count only inside of
    ``sections``, functions that write, what relative paths start from, and what says that nothing is written.
    """

    keys: frozenset[str]
    inside: frozenset[str]
    sections: frozenset[str]
    files: frozenset[str]
    calls: frozenset[str]
    roots: frozenset[str]
    disabling: frozenset[str]


class RunnerModules(Struct, frozen=True):
    """Modules of JavaScript that run programs, each with the function that the module itself is; those that run
    ``anything`` by other means; functions that take a shell's script or a program, those that run nothing, and the
    ``only`` ones of a module that run something.
    """

    modules: dict[str, str]
    anything: frozenset[str]
    shell: frozenset[str]
    program: frozenset[str]
    harmless: frozenset[str]
    only: dict[str, list[str]]
    settings_readers: frozenset[str]
    """Those that load what settings of tools name, and the beginnings of names that may be left out there."""
    settings_prefixes: tuple[str, ...]


class PhpNames(Struct, frozen=True):
    """Where Composer's ``installers`` come from and what such a file is called; by program of a project, its
    ``commands`` that write in the project alone, and ``callbacks`` of scripts that do.
    """

    installers: tuple[str, ...]
    installer_files: frozenset[str]
    commands: dict[str, list[str]]
    callbacks: tuple[str, ...]
    plugins: frozenset[str]
    """Packages that change Composer itself alone."""


class Launcher(Struct, frozen=True):
    """How a program that starts others is told which: ``format`` of its files, "" if they are not read."""

    format: str
    options: frozenset[str]
    places: tuple[str, ...]


class Programs(Struct, frozen=True):
    """What ``programs.toml`` says: unsupported worlds by program and by image family, entry points, variables,
    libraries.
    """

    ecosystems: dict[str, str]
    distributions: dict[str, str]
    families: dict[str, str]
    building: frozenset[str]
    shells: frozenset[str]
    builtins: frozenset[str]
    printers: frozenset[str]
    wrappers: frozenset[str]
    wrappers_with_operand: frozenset[str]
    asking: frozenset[str]
    naming: frozenset[str]
    runners: dict[str, str]
    idle: frozenset[str]
    prompts: frozenset[str]
    foreign: frozenset[str]
    code_suffixes: tuple[str, ...]
    compiled_suffixes: tuple[str, ...]
    code_paths: tuple[str, ...]
    starters: frozenset[str]
    services: frozenset[str]
    file_servers: frozenset[str]
    profiles: tuple[str, ...]
    launchers: dict[str, Launcher]
    server_modules: tuple[str, ...]
    installed_variables: tuple[str, ...]
    implicit_variables: frozenset[str]
    predefined_arguments: frozenset[str]
    toolchain_variables: frozenset[str]
    compiler_libraries: dict[str, str]
    populated: frozenset[str]
    skeleton: frozenset[str]
    package_sources: tuple[str, ...]
    program_directories: frozenset[str]
    library_directories: tuple[str, ...]
    tool_directory: str
    links: dict[str, str]
    toolchain_trees: dict[str, list[str]]
    filled: dict[str, dict[str, int]]
    own: dict[str, dict[str, int]]
    keeping_text: frozenset[str]
    interpreter_folders: tuple[str, ...]
    cleaned: tuple[str, ...]
    listed: tuple[str, ...]
    data_packages: dict[str, str]
    library_data: dict[str, dict[str, str]]
    companions: dict[str, list[str]]
    option_variables: dict[str, list[str]]
    own_settings: dict[str, list[str]]
    unread_libraries: tuple[str, ...]
    extension_libraries: tuple[str, ...]
    downloads: dict[str, dict[str, str]]
    brought: dict[str, dict[str, int]]
    browsers: dict[str, str]
    management: dict[str, list[str]]
    homes: dict[str, str]
    interpreters: dict[str, list[str]]
    interpreter_packages: dict[str, str]
    compiling_nothing: frozenset[str]
    compiling_aside: frozenset[str]
    ruby_runners: frozenset[str]
    ruby_compiling: frozenset[str]
    python_runners: tuple[str, ...]
    python_functions: frozenset[str]
    installers: dict[str, str]
    toolchain_data: dict[str, list[str]]


class ContainerTools(Struct, frozen=True):
    """What ``containers.toml`` says: programs that build and run images, words before them, options without a value;
    files of platforms with what must stand in them.
    """

    programs: frozenset[str]
    compose: frozenset[str]
    before: frozenset[str]
    booleans: dict[str, list[str]]
    platforms: dict[str, str]


PYTHON = re.compile(r"python(?:[23](?:\.[0-9]+)?)?")
"""The name of the distribution's Python, with or without its version."""


def is_python(name: str) -> bool:
    """Whether a program is the Python of the distribution by its name."""
    folder, _, base = name.rpartition("/")
    return PYTHON.fullmatch(base) is not None and (not folder or folder in programs().program_directories)


@cache
def container_tools() -> ContainerTools:
    """Return how the command lines of container tools are read."""
    table = _table("containers.toml")
    return convert({**table, "compose": table["compose_programs"]}, ContainerTools)


@cache
def programs() -> Programs:
    """Return the recognised programs, image families and variables."""
    table = _table("programs.toml")
    unsupported = table["unsupported"]
    made = {
        "ecosystems": _inverted(unsupported["ecosystem"]),
        "distributions": _inverted(unsupported["distribution"]),
        "families": _inverted(table["families"]),
        "building": unsupported["building"]["programs"],
        "launchers": _launchers(table["launchers"]),
        "python_runners": [*table["python"]["python_runners"], *table["python"]["python_compiling"]],
    }
    fields = {name: value for section in _SECTIONS for name, value in table[section].items()}
    return convert({**table, **fields, **made}, Programs)


@cache
def jvm_packages(kind: str) -> tuple[str, ...]:
    """Return a list of names about Java: packages of code, plugins and tasks of its build tools."""
    return tuple(_table("programs.toml")["jvm"][kind])


@cache
def runtimes() -> dict[str, dict[str, list[str]]]:
    """Return the ecosystems whose programs run in a virtual machine, with its image families and programs."""
    table: dict[str, dict[str, list[str]]] = _table("programs.toml")["runtimes"]
    return table


@cache
def machines() -> frozenset[str]:
    """Return the programs of virtual machines: what they run is told by their arguments."""
    return frozenset(name for row in runtimes().values() for name in row["programs"])


def runtime_ecosystem(family: str) -> str:
    """Return the ecosystem whose virtual machine the images of a family bring, "" for none."""
    return next((name for name, row in runtimes().items() if family in row["families"]), "")


def own_programs(family: str) -> tuple[str, ...]:
    """Return the programs that the images of a family bring beside those of packages."""
    machine = runtime_ecosystem(family)
    return (*programs().interpreters.get(family, ()), *(runtimes()[machine]["programs"] if machine else ()))


@cache
def configure_directories() -> frozenset[str]:
    """Return the options of configure scripts that name where programs and libraries are installed."""
    return frozenset(_table("programs.toml")["compiler"]["directories"])


@cache
def runner_modules() -> RunnerModules:
    """Return the modules of JavaScript that run programs."""
    return convert(_table("programs.toml")["javascript"], RunnerModules)


@cache
def php_names() -> PhpNames:
    """Return the names by which tools of PHP projects are known."""
    table = _table("programs.toml")["php"]
    return convert({**table, "callbacks": table["callbacks"]["names"]}, PhpNames)


@cache
def output_keys() -> OutputKeys:
    """Return how settings of build tools say where the output goes."""
    return convert(_table("programs.toml")["outputs"], OutputKeys)


@cache
def context_patterns() -> dict[str, dict[str, list[str]]]:
    """Return what files of a build context are by their names, from ``context.toml``."""
    return _table("context.toml")


def _launchers(table: dict[str, dict[str, list[str]]]) -> dict[str, Launcher]:
    return {
        name: Launcher("" if format_ == "unread" else format_, frozenset(row["options"]), tuple(row["places"]))
        for format_, row in table.items()
        for name in row["programs"]
    }


def _inverted(table: dict[str, list[str]]) -> dict[str, str]:
    return {name: kind for kind, names in table.items() for name in names}


@cache
def _table(name: str) -> dict[str, Any]:
    return tomllib.loads((Path(__file__).parent / name).read_text("utf-8"))
