"""What the calls and names of a Python script mean, when the whole script has been walked."""

from __future__ import annotations

import posixpath
import re
import shlex
from collections.abc import Iterable
from typing import Any

from transformer.context.native_source import RUNNERS
from transformer.context.python_calls import CALLS, NAMED, OBJECTS, RUNNING, kind_of, within
from transformer.context.python_said import Mention
from transformer.context.python_values import UNKNOWN, Values, dotted, keywords, positional, split
from transformer.knowledge.programs import PYTHON, programs

_PARAMETERS = ("cmd", "command", "name", "file", "path", "args")
_PLAIN = 2
"""``subprocess.run(args, bufsize)``: a third argument by place is another program."""
_SHOWN = 80
_SCRIPT = re.compile(r"""\.py['"]""")


Found = set[tuple[str, Mention]]


class Judge:
    """Collects what is found, by kind: a field of ``PythonSource``."""

    def __init__(self, module: Any) -> None:
        self.module, self.values = module, Values()
        self.modules: set[str] = set()
        self.relative = self.moved = False
        self.found: Found = set()

    def imported(self, module: str, line: int) -> None:
        """Note the top-level module of an import, once."""
        top = module.partition(".")[0]
        if top not in self.modules:
            self.modules.add(top)
            self.found.add(("imported", Mention(top, line)))

    def judged(self, calls: Iterable[tuple[Any, int]], mentions: Iterable[tuple[Any, int]]) -> Found:
        """Return all that was found, with what the calls and the names that are no calls say."""
        called = [(name, call, line) for call, line in calls for name in self.values.names(call.func)]
        self.moved = any(name in {"os.chdir", "os.fchdir"} for name, _, _ in called)
        for call, _ in calls:
            self.values.follow(call)
        for name, call, line in called:
            self._judge_call(name, call, line)
        for node, line in mentions:
            self._judge_value(node, line)
        self._judge_unused()
        return self.found

    def _judge_call(self, name: str, call: Any, line: int) -> None:
        form, at = CALLS.get(name, ("", 0))
        if within(name, OBJECTS) or form in {"modules", "code", "dynamic"}:
            self._note(kind_of(name), call, line)
        elif name.rpartition(".")[2] in programs().python_functions:
            self._note("dynamic_commands", call, line)
        elif form:
            getattr(self, f"_call_{form}")(call, at, line)

    def _judge_value(self, node: Any, line: int) -> None:
        """What is handed around may be called anywhere."""
        parts = dotted(node)
        known = parts[0] in self.values.aliases
        for name in self.values.names(node) if known or len(parts) == 1 or ".".join(parts) in CALLS else ():
            form = CALLS.get(name, ("",))[0]
            if form in {"opens", "loads"}:
                self._note(f"dynamic_{form}", node, line)
            elif form or (known and name in RUNNING) or within(name, OBJECTS):
                self._note(kind_of(name), node, line)

    def _judge_unused(self) -> None:
        """What is imported and not used is there for other modules."""
        for alias, names in self.values.aliases.items():
            for name in names if not self.values.visits[alias] else ():
                if CALLS.get(name, ("opens",))[0] not in {"opens", "loads"} or name in {"subprocess", "pty", "pexpect"}:
                    self.found.add((kind_of(name), Mention(f"import {name}", 1)))

    def _note(self, kind: str, node: Any, line: int) -> None:
        code = " ".join(self.module.code_for_node(node).split())[:_SHOWN]
        self.found.add((kind, Mention(code, line)))

    def _run(self, words: tuple[str, ...], call: Any, line: int, *, moved: bool = False) -> None:
        """Note a program; one that runs what its arguments say is known only with all of them."""
        head = words[0] if words else UNKNOWN
        base = posixpath.basename(head)
        hidden = UNKNOWN in words and (base in RUNNERS or PYTHON.fullmatch(base) is not None)
        astray = "/" in head and not head.startswith("/") and (moved or self.moved)
        if head in {UNKNOWN, ""} or hidden or astray:
            self._note("dynamic_commands", call, line)
        else:
            text = " ".join(word if word == UNKNOWN else shlex.quote(word) for word in words)
            self.found.add(("commands", Mention(text, line, words)))

    def _call_argv(self, call: Any, at: int, line: int) -> None:
        """``subprocess``: a list of arguments, a string that is a program, or a shell script with ``shell=True``."""
        options, given = keywords(call), positional(call)
        first = given[0] if given else options.get("args", options.get("argv"))
        value = self.values.value(first) if first is not None else None
        shell = getattr(options.get("shell"), "value", "False")
        clear = not {"executable", "**"} & {*options} and len(given) <= _PLAIN and shell in {"True", "False"}
        script = value if isinstance(value, str) else (*(value or ()), UNKNOWN)[0]
        if value is None or not clear or (shell == "True" and script == UNKNOWN):
            self._note("dynamic_commands", call, line)
        elif shell == "True":
            self.found.add(("commands", Mention(script, line)))
        else:
            words = (value,) if isinstance(value, str) else value
            self._run(words, call, line, moved="cwd" in options)

    def _call_shell(self, call: Any, at: int, line: int) -> None:
        script = self._argument(call, at)
        if script == UNKNOWN:
            self._note("dynamic_commands", call, line)
        else:
            self.found.add(("commands", Mention(script, line)))

    def _call_line(self, call: Any, at: int, line: int) -> None:
        """``pexpect``: a command line, or a program and a list of arguments."""
        words = split(self._argument(call, at)) or ()
        self._run((*words, UNKNOWN) if len(call.args) > 1 else tuple(words), call, line)

    def _call_exec(self, call: Any, at: int, line: int) -> None:
        """``os.execv`` and its like: the program, and the list of its arguments with its name as the first."""
        given = positional(call)
        listed = self.values.value(given[at + 1]) if len(given) > at + 1 else None
        self._run((self._argument(call, at), *(listed[1:] if isinstance(listed, tuple) else (UNKNOWN,))), call, line)

    def _call_execl(self, call: Any, at: int, line: int) -> None:
        words = [self.values.word(node) for node in positional(call)[at:]]
        words += [UNKNOWN] if any(arg.star for arg in call.args) else []
        self._run((*words[:1], *words[2:]), call, line)

    def _call_words(self, call: Any, at: int, line: int) -> None:
        words = [self.values.word(node) for node in positional(call)[at:]]
        words += [UNKNOWN] if any(arg.star for arg in call.args) else []
        self._run(tuple(words), call, line, moved="cwd" in keywords(call))

    def _call_which(self, call: Any, at: int, line: int) -> None:
        self._run((self._argument(call, at),), call, line)

    def _call_loads(self, call: Any, at: int, line: int) -> None:
        name = self._argument(call, at)
        itself = not call.args or getattr(call.args[0].value, "value", "") == "None"
        if name != UNKNOWN:
            self.found.add(("loads", Mention(name, line)))
        elif not itself:
            self._note("dynamic_loads", call, line)

    def _call_opens(self, call: Any, at: int, line: int) -> None:
        words = [self.values.word(node) for node in positional(call)]
        joined = any(name.startswith("pathlib.") for name in self.values.names(call.func))
        name = posixpath.join(*words) if joined and words else self._argument(call, at)
        if UNKNOWN in name or (self.moved and not name.startswith("/")):
            self._note("dynamic_opens", call, line)
        else:
            self.found.add(("opens", Mention(name, line)))

    def _call_imports(self, call: Any, at: int, line: int) -> None:
        name = self._argument(call, at)
        if name == UNKNOWN or name in NAMED:
            self._note("dynamic_commands" if name in NAMED else "dynamic_imports", call, line)
        elif name.startswith("."):
            self.relative = True
        else:
            self.imported(name, line)

    def _call_scripts(self, call: Any, at: int, line: int) -> None:
        """Files that are run whatever their names are: the project's files are read by their names."""
        given = positional(call)
        named = given[at] if len(given) > at else keywords(call).get("path")
        script = named is not None and _SCRIPT.search(self.module.code_for_node(named)) is not None
        self._note("dynamic_imports" if script else "dynamic_code", call, line)

    def _argument(self, call: Any, at: int) -> str:
        given, named = positional(call), keywords(call)
        node = given[at] if len(given) > at else next((named[n] for n in _PARAMETERS if n in named), None)
        return UNKNOWN if node is None else self.values.word(node)
