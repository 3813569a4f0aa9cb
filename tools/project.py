# SPDX-License-Identifier: MIT
"""What the scripts of this folder share: the project's files, what includes what, and a memory of what passed."""

import concurrent.futures
import functools
import hashlib
import os
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
INCLUDE = ROOT / "include"
CPP = (".hpp", ".cpp")
INCLUDE_LINE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]', re.MULTILINE)
INCLUDE_LINE_WHOLE = re.compile(r"^[ \t]*#[ \t]*include\b.*$", re.MULTILINE)


def files(*suffixes, under=""):
    """Files of the repository (tracked, or new and not ignored), sorted; without git, all outside build/."""
    git = subprocess.run(
        ["git", "-C", ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        capture_output=True, text=True, check=False)
    if git.returncode == 0:
        names = {name for name in git.stdout.split("\0") if name}
    else:
        names = {path.relative_to(ROOT).as_posix() for path in ROOT.rglob("*") if path.is_file()}
        names = {name for name in names if not name.startswith(("build/", ".git/"))}
    found = sorted(ROOT / name for name in names if name.startswith(under) and name.endswith(suffixes or ("",)))
    return [path for path in found if path.is_file()]


def headers():
    return files(".hpp", under="include/")


def readable_headers():
    """Those that compile here: all, but without MPI not those that need it."""
    return [path for path in headers() if mpi() or not needs_mpi(path)]


def needs_mpi(path):
    return any(what == "mpi.h" for each in closure(path) for _, what in includes(each))


def name(path):
    """How a header is included, or how a file is named in messages."""
    path = pathlib.Path(path).resolve()
    for base in (INCLUDE, ROOT):
        if path.is_relative_to(base):
            return path.relative_to(base).as_posix()
    return str(path)


def includes(path):
    """(bracket, what) of each #include line of the file."""
    return INCLUDE_LINE.findall(path.read_text(encoding="utf-8"))


def closure(path):
    """The project's files that the file includes, directly or not, itself among them."""
    seen, pending = set(), [pathlib.Path(path)]
    while pending:
        current = pending.pop()
        if current in seen:
            continue
        seen.add(current)
        for _, what in includes(current):
            for base in (INCLUDE, current.parent, ROOT / "tests"):
                if (base / what).is_file():
                    pending.append((base / what).resolve())
                    break
    return seen


def pkg_config(*words):
    """What pkg-config says, in words, or nothing where it does not know the package."""
    answer = subprocess.run(["pkg-config", *words], capture_output=True, text=True, check=False)
    return shlex.split(answer.stdout) if answer.returncode == 0 else None


@functools.cache
def third_party():
    """Include folders of third parties that are not on the compilers' own path: Eigen's, and MPI's if there is one."""
    eigen = pkg_config("--cflags-only-I", "eigen3")
    if eigen is None:
        sys.exit("pkg-config does not know eigen3: is it installed?")
    return [flag[2:] for flag in eigen + mpi() if flag.startswith("-I")]


@functools.cache
def mpi():
    """The flags by which programs are compiled and linked with MPI; none where there is no MPI."""
    for package in ("ompi-c", "mpi-c", "mpich"):
        flags = pkg_config("--cflags", "--libs", package)
        if flags is not None:
            return flags
    return []


@functools.cache
def version(tool):
    try:
        return subprocess.run([tool, "--version"], capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        sys.exit(f"{tool} is not installed; ./dev installs what the checks need")


class Runner:
    """Runs commands, as many at once as there are processors, and prints what fails.

    What passed is remembered in the folder `checked` (if there is one) by the command, the tool's version and the
    content of its inputs, and is not run again while these stay. Sources that a check makes up lie in `generated`.
    """

    def __init__(self, checked=None, cwd=ROOT):
        self.checked = pathlib.Path(checked).resolve() if checked else None
        self.cwd = cwd
        self._temporary = None
        self.jobs = []

    def generated(self, name, text):
        """A file of that name and text, for a job to work on."""
        folder = self.folder() / "generated"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
        return folder / name

    def folder(self):
        """Where this runner may leave files."""
        if self.checked:
            return self.checked
        self._temporary = self._temporary or tempfile.TemporaryDirectory()
        return pathlib.Path(self._temporary.name)

    def precompiled(self, compiler, header, flags):
        """The flags that make a compiler, given `flags` too, read the project's `header` precompiled."""
        digest = hashlib.sha256(repr((version(compiler), [str(flag) for flag in flags], header)).encode())
        for path in sorted(closure(INCLUDE / header)):
            digest.update(str(path).encode() + b"\0" + path.read_bytes())
        source = self.folder() / f"precompiled-{digest.hexdigest()[:16]}" / "header.hpp"
        clang = "clang" in version(compiler)
        target = source.with_suffix(".hpp.pch" if clang else ".hpp.gch")
        if not target.exists():
            source.parent.mkdir(parents=True, exist_ok=True)
            source.write_text(f"#include <{header}>\n", encoding="utf-8")
            partial = source.with_suffix(".partial")
            once = ["-fpch-instantiate-templates"] if clang else []  # here, not in every user
            done = subprocess.run([compiler, *flags, *once, "-x", "c++-header", source, "-o", partial],
                                  capture_output=True, text=True, check=False)
            if done.returncode != 0:
                sys.exit(f"{compiler} cannot precompile {header}:\n{done.stderr}")
            partial.rename(target)
        return ["-include-pch", target] if clang else ["-include", source]

    def add(self, label, command, inputs=(), text="", steps=(), passed=lambda status, output: status == 0):
        """One job: the command and then each of the steps; text is whatever else the outcome depends on.

        `passed` judges a command's exit status and output.
        """
        self.jobs.append((label, [[str(word) for word in step] for step in (command, *steps)], inputs, text, passed))

    def _stamp(self, commands, inputs, text):
        digest = hashlib.sha256(repr((commands, text)).encode())
        for path in sorted({pathlib.Path(each) for each in inputs}):
            digest.update(str(path).encode() + b"\0" + path.read_bytes())
        return self.checked / digest.hexdigest()

    def _run(self, job):
        label, commands, inputs, text, passed = job
        stamp = self._stamp(commands, inputs, text) if self.checked else None
        if stamp and stamp.exists():
            return label, True, ""
        for command in commands:
            done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                  text=True, errors="replace", check=False, cwd=self.cwd)
            if not passed(done.returncode, done.stdout):
                return label, False, f"$ {shlex.join(command)}\n{done.stdout}[exit status {done.returncode}]"
        if stamp:
            stamp.touch()
        return label, True, ""

    def run(self):
        """Runs all; the exit status."""
        if self.checked:
            self.checked.mkdir(parents=True, exist_ok=True)
        failures = 0
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 1) as pool:
            for label, passed, output in pool.map(self._run, self.jobs):
                if not passed:
                    failures += 1
                    print(f"FAILED {label}\n{output}", flush=True)
        print(f"{len(self.jobs) - failures} of {len(self.jobs)} passed")
        return 1 if failures or not self.jobs else 0
