#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""The table of rules, docs/rules.md: made from what the tests say of
themselves, and checked against the code.

    rules.py PROGRAM            check: PROGRAM is tests/unit/test_rule_table
    rules.py PROGRAM --write    write docs/rules.md anew

Checked: the page is the one that would be written now; each function named
is in the file named; each test named is in its suite; each function of
jose/ and token/ that refuses what a stranger wrote stands in the table.
"""
import pathlib
import re
import subprocess
import sys

TOP = pathlib.Path(__file__).resolve().parents[2]
PAGE = TOP / "docs/rules.md"
FUNCTION = re.compile(
    r"^[a-z][^\n;{}()]*\n(\w+)\(([^;{}]*?)\)\n\{\n(.*?)^\}\n", re.M | re.S)
# What a stranger's token or key is refused with.
REFUSAL = re.compile(r"\bJWT_(?!OK\b|TRY\b|AUTO\b|COUNT\b|TAKE\b|INTERNAL_ERROR"
                     r"\b|CONFIG_ERROR\b|[A-Z_]*(?:MAX|MIN|LEN)\b)[A-Z]+_[A-Z_]+"
                     r"\b|\bjson_fail\(")
HEAD = """# The rules of a token

What a verifier must check, who demands it, where we do, and the two tests
that hold it: one that takes, one that refuses. Made by
`tests/rules/rules.py`, which also checks it; do not edit.

`rule-table` runs each of its rules on a token signed for real, through the
steps of a login (`jws_parse`, `jws_verify`, `claims_parse`,
`claims_check`): the nearest token that is taken, and the one that is not.

| Rule | Demanded by | Where | Takes | Refuses | Reason |
|---|---|---|---|---|---|
"""


def rows_of(text):
    return [line.split("\t") for line in text.splitlines()
            if line and not line.startswith("#")]


def tests_of(suite):
    text = (TOP / f"tests/unit/test_{suite}.c").read_text()
    return set(re.findall(r"UNIT_TEST\((\w+)\)", text))


def functions_of(path):
    return {m.group(1): m.group(3)
            for m in FUNCTION.finditer(path.read_text())}


def page(table, elsewhere):
    lines = []
    for rule, by, where, takes, refuses, reason in table:
        lines.append(f"| {rule} | {by} | `{where}` | `rule-table` "
                     f"| `rule-table` | `{reason}` |")
    for rule, by, where, takes, refuses, reason in elsewhere:
        lines.append(f"| {rule} | {by} | `{where}` | `{takes}` | `{refuses}` "
                     f"| `{reason}` |")
    return HEAD + "\n".join(lines) + "\n"


def faults(table, elsewhere):
    named = set()
    for rule, _, where, *_ in table + elsewhere:
        file, _, function = where.partition(":")
        path = TOP / "libjwtcore" / file
        named.add(where)
        if not path.exists() or function not in functions_of(path):
            yield f"{rule}: there is no {function}() in {file}"
    for rule, _, _, takes, refuses, _ in elsewhere:
        for name in (takes, refuses):
            suite, _, test = name.partition("/")
            if not (TOP / f"tests/unit/test_{suite}.c").exists() or \
                    test not in tests_of(suite):
                yield f"{rule}: there is no test {name}"
    plumbing = {row[0] for row in
                rows_of((TOP / "tests/rules/plumbing.tsv").read_text())}
    for folder in ("jose", "token"):
        for path in sorted((TOP / "libjwtcore" / folder).glob("*.c")):
            for function, body in functions_of(path).items():
                where = f"{folder}/{path.name}:{function}"
                if REFUSAL.search(body) and where not in named | plumbing:
                    yield f"{where} refuses, and no rule names it"
    for where in sorted(plumbing):
        file, _, function = where.partition(":")
        path = TOP / "libjwtcore" / file
        if not path.exists() or function not in functions_of(path):
            yield f"plumbing.tsv: there is no {where}"
        if where in named:
            yield f"plumbing.tsv: a rule names {where}"


def main():
    if len(sys.argv) not in (2, 3) or sys.argv[2:] not in ([], ["--write"]):
        sys.exit(__doc__)
    table = rows_of(subprocess.run([sys.argv[1], "--table"], check=True,
                                   capture_output=True, text=True).stdout)
    elsewhere = rows_of((TOP / "tests/rules/elsewhere.tsv").read_text())
    found = list(faults(table, elsewhere))
    print(*found, sep="\n", end="\n" if found else "")
    if sys.argv[2:] == ["--write"]:
        PAGE.write_text(page(table, elsewhere))
    elif not PAGE.exists() or PAGE.read_text() != page(table, elsewhere):
        sys.exit("docs/rules.md is not what the tests say: run "
                 "tests/rules/rules.py PROGRAM --write")
    print(f"rules: {0 if found else 1} passed, {len(found)} failed")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
