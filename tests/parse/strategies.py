"""Dockerfiles made up by rules: every construct that changes how lines join, and bytes that no rule allows."""

from __future__ import annotations

from hypothesis import strategies as st

SHELL = ["a", "$x", "'q r'", '"d $x"', "--flag=v", "<<EOF", "<<-'E'", "é", "\udc80", "#no", "[", '"]', "&&", "\t"]
PAIRS = ["a=b", "a=", "a='b c'", 'a="$b"', "a=${b:-c}", "a=b\\ c"]
WORDS = {
    "RUN": SHELL,
    "run": SHELL,
    "ONBUILD RUN": ["a", "--mount=x", "[]"],
    "COPY": ["a", "--chown=1:1", "'a b'", "$x", "<<EOF", "--from=b"],
    "ENV": PAIRS,
    "LABEL": PAIRS,
    "ARG": ["a", *PAIRS],
    "Cmd": ['["a"]', '[ "a", "b\\\\n" ]', '["a"', "[]", '["\\ud800"]', "a"],
    "WORKDIR": ["/a", "/a b", "$x", '"/q"'],
    "EXPOSE": ["80", "$x"],
    "HEALTHCHECK": ["--interval=1s CMD", "CMD", "NONE"],
}
TOPS = ["", "\ufeff", "# syntax=docker/dockerfile:1\n", "#check=skip=all\n", "# c\n", "\n"]
JOINS = [
    " ",
    " ",
    "{e}\n",
    "{e} \n",
    "{e}\t\r\n",
    "{e}\n\n",
    "{e}\n# c\n",
    "{e}\n  # c {e}\n {e}\n",
    "{e}\n \t\n",
    "\\\n",
    "{e}{e}\n",
]
TAILS = ["", "", "\n", "RUN a {e}", "RUN a {e}\n# c\n\n", "CMD", "RUN a {e}\n{e}\n", "USER x{e}\n {e}"]


@st.composite
def instructions(draw: st.DrawFn, escape: str) -> str:
    """One instruction, its heredoc bodies (in lines that may look like instructions) included."""
    keyword = draw(st.sampled_from(sorted(WORDS)))
    text = draw(st.sampled_from(["", " ", "\t"])) + keyword + draw(st.sampled_from([" ", "  ", "\t", f"{escape}\n "]))
    for word in draw(st.lists(st.sampled_from(WORDS[keyword]), min_size=1, max_size=4)):
        text += word + " " + draw(st.sampled_from(JOINS)).format(e=escape)
    text += draw(st.sampled_from(WORDS[keyword])) + draw(st.sampled_from(["\n", "\r\n", " \n", "\t\r\n"]))
    for name, mark in (("EOF", "<<EOF"), ("\t\tE", "<<-'E'")):
        text += f"RUN body\n# no comment\n\\\n{name}\n" * text.count(mark)
    return text


@st.composite
def dockerfiles(draw: st.DrawFn) -> str:
    """A whole file; about half of them parse."""
    escape = draw(st.sampled_from(["\\", "\\", "`"]))
    top = draw(st.sampled_from(TOPS)) + ("# escape=`\n" if escape == "`" else "")
    notes = st.sampled_from(["# note\n", "\n", " \t\r\n"])
    middle = st.lists(st.one_of(instructions(escape), instructions(escape), notes), max_size=4)
    return top + "FROM a\n" + "".join(draw(middle)) + draw(st.sampled_from(TAILS)).format(e=escape)
