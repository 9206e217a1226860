"""The catalogue of findings: code, name of the problem, what it means and why it matters.

``dockerfix explain CODE``, the README table and the JSON reports are made from it. The code's first digit after DF is
the phase: 1 parse, 2 shell, 3 effects, 4 classify, 5 plan, 6 emit, 7 verify, 8 batch, 9 our own bug.
"""

from __future__ import annotations

from msgspec import Struct

from transformer.ir.diagnostic import Severity

_E, _W, _N = Severity.ERROR, Severity.WARNING, Severity.NOTE


class Rule(Struct, frozen=True):
    """One kind of finding. ``name`` names the problem and reads well after "allow"."""

    code: str
    name: str
    severity: Severity
    summary: str
    why: str


_CATALOGUE = (
    Rule("DF101", "syntax-error", _E, "the Dockerfile cannot be parsed",
         "BuildKit would reject the file as well, so there is nothing to keep equivalent."),
    Rule("DF102", "readers-disagree", _E, "two independent parsers read the file differently",
         "A file is only rewritten when both readers see the same instructions on the same lines."),
    Rule("DF103", "no-instruction", _E, "the file has no FROM instruction",
         "Without a base image there is no stage to split."),
    Rule("DF104", "unreadable-input", _E, "the input cannot be read",
         "It is missing, not a regular file, too large, or may not be opened."),
    Rule("DF105", "unknown-instruction", _E, "an instruction is not one of Dockerfile's",
         "BuildKit refuses it; a typing error must not be mistaken for a build step."),
    Rule("DF202", "unsupported-shell", _E, "RUN uses a shell other than sh, bash, ash or dash",
         "Its scripts are read by other rules than the ones known here."),
    Rule("DF301", "unknown-command", _N, "a command with unknown effects",
         "It may read and write anything, so it stays in the final image."),
    Rule("DF302", "ecosystem-not-supported", _E, "a language whose builds are not supported yet",
         "Splitting it would be a guess; the file is left as it is."),
    Rule("DF303", "distribution-not-supported", _E, "a distribution whose packages are not supported yet",
         "Which of its packages serve only the build is not known here."),
    Rule("DF400", "build-in-image", _W, "the image ships what only its build needs",
         "Compilers, headers and sources cost space and are an attack surface; a second stage leaves them behind."),
    Rule("DF401", "nothing-build-only", _N, "no step serves only the build",
         "A second stage would leave nothing behind."),
    Rule("DF402", "no-entry-point", _E, "the file has neither CMD nor ENTRYPOINT",
         "What must run in the final image is not said; a base or builder image has its toolchain as its product."),
    Rule("DF403", "shell-entry-point", _N, "the image runs a shell",
         "A development image: the toolchain is the product."),
    Rule("DF404", "already-multi-stage", _N, "the file has several stages already",
         "Its author has split it; stages are not reorganised."),
    Rule("DF405", "onbuild", _N, "the image is a base for other builds (ONBUILD)",
         "Its triggers run in images that nobody sees here."),
    Rule("DF406", "windows", _N, "a Windows image",
         "Windows containers have other paths, shells and package tools."),
    Rule("DF407", "scratch-base", _N, "the image starts from scratch",
         "There is no base to leave anything behind in."),
    Rule("DF408", "no-run", _N, "the file runs nothing while it builds",
         "Without RUN there is no build step to move."),
    Rule("DF409", "skip-pragma", _N, "the author asked to leave the file alone",
         "A `# dockerfix: skip-file` comment marks it."),
    Rule("DF410", "toolchain-at-run-time", _E, "the running container calls the build tools",
         "The toolchain would have to stay, so a split brings nothing."),
    Rule("DF411", "entry-point-unread", _W, "the program that the image starts cannot be read",
         "What it calls at run time is unknown, so tools that only the build seems to need may be needed."),
    Rule("DF412", "entry-point-unknown", _E, "nothing in the file makes the program that the image starts",
         "The split cannot carry what it cannot see."),
    Rule("DF413", "opaque-step-needs-toolchain", _E, "a step that is not understood needs the build tools",
         "What it writes is unknown, so it cannot be carried over; and it cannot be repeated without the tools."),
    Rule("DF414", "unbounded-install", _W, "where a build step writes was not read from its build files",
         "It may write outside of the paths that are carried."),
    Rule("DF415", "volume-before-write", _E, "a build step writes into a VOLUME declared before it",
         "Engines differ in whether such writes survive."),
    Rule("DF416", "missing-input", _W, "a build step reads a file that nothing brings into the image",
         "The original build fails there, or depends on something that is not visible."),
    Rule("DF417", "interactive-install", _W, "a package installation waits for an answer",
         "Without -y apt-get asks a question that nobody answers, and the build fails."),
    Rule("DF418", "unknown-pragma", _E, "a `# dockerfix:` comment is not understood",
         "Its author relies on it, so the file is not touched before it says something that is known."),
    Rule("DF419", "context-mismatch", _W, "the Dockerfile copies files that the context directory does not have",
         "The directory is probably not the build context, so nothing in it was believed; `--context DIR` names it."),
    Rule("DF420", "build-tools-used-elsewhere", _E, "something else in the repository needs the image's build tools",
         "A compose service, a CI job or a script would not find them in the final image."),
    Rule("DF421", "base-of-other-image", _E, "another image of the repository is built from this one",
         "What that build needs from the image is not known, and the final stage has less."),
    Rule("DF422", "built-with-other-arguments", _W, "the image may be built with other build arguments",
         "The split was worked out for the defaults; the repository gives others, or a carried path holds one."),
    Rule("DF423", "pragma-misused", _W, "a `# dockerfix:` comment cannot do what it says",
         "It stands above a parser directive or no instruction, gives no reason where one is asked for, keeps what "
         "nothing installs, or gives a step a side on which it cannot be."),
    Rule("DF424", "context-not-clean", _N, "COPY brings version control, installed packages or build output along",
         "What a machine happens to have there gets into the build, and perhaps into the image."),
    Rule("DF501", "base-image-unknown", _E, "the base image is not known",
         "What it holds, and which runtime image matches it, cannot be told; `--base-map old=new` tells."),
    Rule("DF502", "floating-release", _W, "the tag may move to another release of its distribution",
         "The two images could drift apart in their C library, or their packages in their names; `--pin` pins both."),
    Rule("DF503", "not-carriable", _E, "a build step writes where COPY cannot carry from",
         "The path is shared with the base image, or is not known."),
    Rule("DF504", "runtime-library-unknown", _N, "the runtime package of a build package is not known for this release",
         "The build package itself stays: larger, and right."),
    Rule("DF505", "saving-too-small", _N, "the split would save less than asked for",
         "`--min-saving` sets the limit."),
    Rule("DF506", "split-not-clean", _E, "one RUN does both, and its parts cannot be separated surely",
         "A conditional or a pipeline is kept whole or left behind whole."),
    Rule("DF507", "digest-base", _E, "the base image is pinned by digest",
         "Which image of another name has the same contents cannot be told; `--base-map old=new` tells."),
    Rule("DF508", "unproven-dependency", _W, "what a dependency needs at run time is not known",
         "The program may call tools or load libraries of the old image that the new one lacks."),
    Rule("DF509", "owner-not-kept", _E, "a carried directory's owner cannot be kept by COPY",
         "COPY --from creates a directory that it is given as root's."),
    Rule("DF510", "file-elsewhere", _N, "a file that the program may read is not in this context",
         "A build elsewhere may have it, and the old COPY brought it; a pattern brings it where it is."),
    Rule("DF511", "foreign-packages", _W, "build packages may come from another source than the release's own",
         "They may bring newer libraries than the final image's base has; a program linked with them fails there."),
    Rule("DF512", "packages-moved", _W, "the release's packages have moved to an archive",
         "The final stage must install some of them, and the mirrors that the image names no longer have them."),
    Rule("DF601", "template-not-additive", _E, "templates of your own would not only add to the file",
         "They may add comments, labels and proxy arguments; what they cannot do is remove or change a line."),
    Rule("DF801", "not-written", _E, "the rewritten file could not be put in place",
         "It is reached through a link out of the given paths, has changed since it was read, or may not be written."),
    Rule("DF802", "not-equivalent", _E, "the rewrite was not found to be equivalent, and was not written",
         "`--verify` built both images: they differ, or could not be compared."),
    Rule("DF803", "project-skipped", _N, "a project of a batch is left alone as a whole",
         "Its owner asked for that, or what was asked for cannot be done there without losing work."),
    Rule("DF804", "project-failed", _E, "a project of a batch could not be worked on or delivered to",
         "A remote that cannot be reached, a directory that is gone, a branch that has something else."),
    Rule("DF805", "given-up", _E, "a file of a batch took too long or too much, or ended its worker",
         "One file must not stop the others; it is left as it is."),
    Rule("DF901", "validation-failed", _E, "our own check of the rewritten file failed",
         "A bug in dockerfix: the file was left untouched. Please report it."),
    Rule("DF902", "internal-error", _E, "dockerfix failed",
         "A bug in dockerfix: the file was left untouched. Please report it."),
)  # fmt: skip

RULES: dict[str, Rule] = {rule.code: rule for rule in _CATALOGUE}
"""All rules by code."""
