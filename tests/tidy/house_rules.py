#!/usr/bin/env python3
"""The rules of the house that no compiler checks. Prints each breach as FILE:LINE: what, and fails.

- dependencies point one way: walreader <- segments <- {archiver, feed/io} <- live <- tools and
  walreader <- feed <- feed/io;
- walreader and feed include nothing that does I/O or knows threads, clocks, locales or the environment;
- every header says #pragma once, and project headers are included by their path from the root;
- no function is longer than 70 lines, no source file longer than 600.
"""

import pathlib
import re
import sys

MAX_FUNCTION_LINES = 70
MAX_FILE_LINES = 600

# What each directory may include of the project. Directories not listed (tests, fuzz, bench) may include anything.
MAY_INCLUDE = {
    "walreader": {"walreader"},
    "segments": {"walreader", "segments"},
    "archiver": {"walreader", "segments", "archiver"},
    "feed": {"walreader", "feed"},
    "feed/io": {"walreader", "segments", "feed", "feed/io"},
    "live": {"walreader", "segments", "archiver", "feed", "feed/io", "live"},
    "tools": {"walreader", "segments", "archiver", "feed", "feed/io", "live", "tools"},
}
IMPURE_HEADERS = set(
    "condition_variable cstdio cstdlib ctime filesystem fstream future iostream locale mutex thread "
    "fcntl.h locale.h pthread.h stdio.h stdlib.h time.h unistd.h".split())
PURE = {"walreader", "feed"}
SOURCE_DIRECTORIES = ["walreader", "segments", "archiver", "feed", "live", "tools", "tests", "fuzz", "bench"]

NOISE = re.compile(
    r'//[^\n]*|/\*.*?\*/|R"(\w*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"|(?<!\w)\'(?:\\.|[^\'\\\n])+\''
    r'|^[ \t]*#(?:\\\n|[^\n])*', re.DOTALL | re.MULTILINE)
CONTAINER = re.compile(r"^(?:(?:export|inline|template\s*<.*>)\s*)*(?:namespace|class|struct|union|enum|extern)\b",
                       re.DOTALL)


def layer_of(path):
    """The directory whose rules hold for a file."""
    parts = pathlib.PurePath(path).parts
    return "feed/io" if parts[:2] == ("feed", "io") else parts[0]


def without_noise(text):
    """The code with comments, literals and preprocessor lines emptied; line breaks stay where they were."""
    return NOISE.sub(lambda match: "\n" * match.group().count("\n"), text)


def functions(text):
    """(first line, length) of each function: a braced body whose head has a parameter list."""
    code = without_noise(text)
    scopes = []  # one entry for each open brace: "container", "other", or the line where a function begins
    head_start = 0
    for match in re.finditer(r"[{};]", code):
        position, symbol = match.span()[0], match.group()
        head = code[head_start:position]
        line = code.count("\n", 0, position) + 1
        if symbol == "{":
            outermost = all(scope == "container" for scope in scopes)
            if outermost and CONTAINER.match(head.strip()):
                scopes.append("container")
            elif outermost and "(" in head and not head.rstrip().endswith("="):
                scopes.append(line - head.lstrip().count("\n"))
            else:
                scopes.append("other")
        elif symbol == "}" and scopes:
            begin = scopes.pop()
            if isinstance(begin, int):
                yield begin, line - begin + 1
        head_start = position + 1


def breaches(path, text):
    """Yields (line, what is wrong) of one file, `path` being relative to the root."""
    lines = text.splitlines()
    if len(lines) > MAX_FILE_LINES:
        yield MAX_FILE_LINES, f"{len(lines)} lines in one file, at most {MAX_FILE_LINES}"
    if path.suffix == ".h" and "#pragma once" not in lines:
        yield 1, "no #pragma once"
    top = layer_of(path)
    for number, line in enumerate(lines, 1):
        include = re.match(r'\s*#\s*include\s*(["<])([^">]+)[">]', line)
        if not include:
            continue
        quote, target = include.groups()
        directory = layer_of(target)
        if quote == '"' and "/" not in target:
            yield number, f"include {target} by its path from the root"
        if directory.split("/")[0] in SOURCE_DIRECTORIES and directory not in MAY_INCLUDE.get(top, {directory}):
            yield number, f"{top} must not include {target}"
        if top in PURE and target in IMPURE_HEADERS:
            yield number, f"{top} is pure and must not include <{target}>"
    for number, length in functions(text):
        if length > MAX_FUNCTION_LINES:
            yield number, f"a function of {length} lines, at most {MAX_FUNCTION_LINES}"


def main():
    root = pathlib.Path(__file__).resolve().parents[2]
    sources = [path for directory in SOURCE_DIRECTORIES for path in sorted((root / directory).rglob("*"))
               if path.suffix in {".h", ".cc"}]
    found = 0
    for path in sources:
        relative = path.relative_to(root)
        for line, what in breaches(relative, path.read_text()):
            print(f"{relative}:{line}: {what}")
            found += 1
    print(f"{len(sources)} files, {found} breaches of the rules")
    return 1 if found or not sources else 0


if __name__ == "__main__":
    sys.exit(main())
