#!/usr/bin/env python3
"""The checker of the house rules sees what it should see, and nothing else."""

import pathlib
import unittest

from house_rules import breaches, functions


def lines_of(text):
    return [length for _, length in functions(text)]


def whats(path, text):
    return [what for _, what in breaches(pathlib.Path(path), text)]


class Functions(unittest.TestCase):
    def test_counts_from_the_head_to_the_closing_brace(self):
        self.assertEqual(list(functions("int a;\nint f(int x,\n      int y) {\n  return x;\n}\n")), [(2, 4)])

    def test_looks_into_namespaces_and_classes(self):
        self.assertEqual(lines_of("namespace n {\nclass C : B {\n  int f() const {\n    return 1;\n  }\n};\n}\n"), [3])

    def test_counts_a_lambda_as_part_of_its_function(self):
        self.assertEqual(lines_of("void f() {\n  auto g = [](int) {\n    return 1;\n  };\n}\n"), [5])

    def test_is_not_misled_by_tables_comments_and_literals(self):
        self.assertEqual(lines_of('constexpr Row kRows[] = {\n    {f(1), "}"},\n    {2, "{("},\n};\n// void f() {\n'), [])

    def test_tells_character_literals_from_digit_separators(self):
        self.assertEqual(lines_of("int f() {\n  return c == '{' ? 1'000 : 2'000;\n}\n"), [3])


class Includes(unittest.TestCase):
    def test_direction(self):
        self.assertEqual(whats("walreader/a.cc", '#include "segments/b.h"\n'),
                         ["walreader must not include segments/b.h"])
        self.assertEqual(whats("tools/a.cc", '#include "segments/b.h"\n'), [])
        self.assertEqual(whats("feed/a.cc", '#include "feed/io/b.h"\n'), ["feed must not include feed/io/b.h"])
        self.assertEqual(whats("feed/values/a.cc", '#include "segments/b.h"\n'), ["feed must not include segments/b.h"])
        self.assertEqual(whats("feed/io/a.cc", '#include "segments/b.h"\n#include "feed/c.h"\n'), [])

    def test_purity(self):
        self.assertEqual(whats("walreader/a.cc", "#include <thread>\n"),
                         ["walreader is pure and must not include <thread>"])
        self.assertEqual(whats("segments/a.cc", "#include <thread>\n"), [])

    def test_paths_from_the_root(self):
        self.assertEqual(whats("tools/a.cc", '#include "b.h"\n'), ["include b.h by its path from the root"])

    def test_pragma_once(self):
        self.assertEqual(whats("tools/a.h", "int x;\n"), ["no #pragma once"])


class Lengths(unittest.TestCase):
    def test_limits(self):
        self.assertEqual(whats("tools/a.cc", "void f() {\n" + "  g();\n" * 68 + "}\n"), [])
        self.assertEqual(whats("tools/a.cc", "void f() {\n" + "  g();\n" * 69 + "}\n"),
                         ["a function of 71 lines, at most 70"])
        self.assertEqual(whats("tools/a.cc", "\n" * 601), ["601 lines in one file, at most 600"])


if __name__ == "__main__":
    unittest.main()
