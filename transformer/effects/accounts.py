"""Users and groups: ``useradd`` and its kin (useradd(8), groupadd(8); adduser(8) of Debian)."""

from __future__ import annotations

from transformer.ecosystems.call import Call, World
from transformer.ir.effects import Effects, Nature, Path, Write

_ACCOUNTS = Write(Path("/etc/passwd"), Nature.DATA, carriable=False)
_USER_NUMBER = frozenset({"-u", "--uid"})
_GROUP_NUMBER = frozenset({"-g", "--gid"})
_NO_GROUP = "nogroup"
"""The group of ``adduser --system`` (adduser(8))."""


def account(call: Call, world: World) -> Effects:
    """Return what creating or changing an account does: it edits /etc/passwd, and names a home directory."""
    homes = [value.text for _, role, value in call.arguments.values if role == "home"]
    directories = (Write(Path(h), Nature.DIRECTORY, carriable=False) for h in homes if h.startswith("/"))
    created = _created(call)
    if created and (homes or "--system" not in call.arguments.flags):
        world.homes[created] = homes[-1] if homes else f"/home/{created}"
    if created and _is_user(call):
        world.numbers.update({number: created for number in _given(call, _USER_NUMBER)})
    return Effects(
        writes=(_ACCOUNTS, *directories),
        accounts=(created,) if created else (),
        unnumbered=(created,) if created and _is_unnumbered(call) else (),
        groups=((created, _group(call, created)),) if created and _is_user(call) else (),
    )


def _created(call: Call) -> str:
    """Return the user or group that the call creates; "" if none: ``adduser USER GROUP`` only joins two."""
    operands = call.arguments.operands
    if call.spec.operands != ("account",) or len(operands) != 1 or not operands[0].known:
        return ""
    return operands[0].text


def _is_unnumbered(call: Call) -> bool:
    """Whether a system account is created without a number of its own: it gets the next one that is free."""
    given = _given(call, _USER_NUMBER | _GROUP_NUMBER)
    return bool(call.arguments.flags & {"--system", "-r", "-S"}) and not given


def _given(call: Call, options: frozenset[str]) -> list[str]:
    """Return the numbers that the call gives by one of the options."""
    return [value.text for option, _, value in call.arguments.values if option in options and value.text.isdigit()]


def _is_user(call: Call) -> bool:
    flags = call.arguments.flags
    return "user" in call.name and (not flags & {"--group"} or bool(flags & {"--system"}))


def _group(call: Call, name: str) -> str:
    """Return the primary group of a user that is created; "" if it is not known."""
    flags = call.arguments.flags
    given = [value for _, role, value in call.arguments.values if role == "group"]
    if given:
        return given[-1].text if given[-1].known else ""
    if call.arguments.unknown or flags & {"-N", "--no-user-group"}:
        return ""
    if call.name == "adduser" and flags & {"--system", "-S"} and "--group" not in flags:
        return _NO_GROUP
    return name
