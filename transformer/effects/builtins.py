"""Commands of the shell that change its directory, or what it does at its end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from transformer.ecosystems.call import Call, absolute
from transformer.effects.combine import opaque
from transformer.ir.effects import Effects, Path
from transformer.ir.script import SimpleCommand

if TYPE_CHECKING:
    from transformer.effects.scripts import Shell


def trapped(call: Call, node: SimpleCommand | None, shell: Shell) -> Effects:
    """``trap ACTION SIGNAL``: what runs at the end of the script. To remove something then is to tidy up; whatever else
    it does is done when no step says so.
    """
    words = [w for w in call.words if w.text != "--"]
    action = words[0] if len(words) > 1 and words[0].text not in {"", "-"} else None
    if action is None:
        return Effects(shell_state=True)
    from transformer.shell import parse_script

    done = shell.fork().script(parse_script(action.text)) if action.known else opaque("unknown")
    if done.opaque or done.writes or done.installs or done.uninstalls or done.accounts:
        return opaque("what a trap does when the script ends is not followed")
    return Effects(shell_state=True)


def directory(call: Call, node: SimpleCommand | None, shell: Shell) -> Effects:
    """``cd``: a directory with an unknown name keeps its text as a name."""
    words = [w for w in call.words if w.text not in {"-P", "-L", "--"}]
    frame = shell.frame
    if words and words[0].text == "-":
        frame.cwd = frame.env.get("OLDPWD") or "/<unknown>"
        return Effects(shell_state=True)
    frame.env["OLDPWD"] = frame.cwd
    if call.name == "pushd":
        frame.stack = (*frame.stack, frame.cwd)
    home = frame.env.get("HOME") or "/root"
    target = words[0].text if words else home
    if target.startswith(("$", "`")):
        frame.cwd = f"/<{target}>"
    else:
        frame.cwd = absolute(target, frame.cwd)
    return Effects(shell_state=True, reads=(Path(frame.cwd),))


def popped(call: Call, node: SimpleCommand | None, shell: Shell) -> Effects:
    """``popd``: back to where the last ``pushd`` came from (bash(1))."""
    frame = shell.frame
    if call.words or not frame.stack:
        return opaque("where popd leads is not known")
    frame.env["OLDPWD"] = frame.cwd
    *rest, frame.cwd = frame.stack
    frame.stack = tuple(rest)
    return Effects(shell_state=True, reads=(Path(frame.cwd),))
