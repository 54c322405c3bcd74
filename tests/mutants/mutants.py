#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Turns off each statement that returns an error, one at a time, and runs the
unit tests: a mutant that none of them catches is a check without a test.

    mutants.py [--jobs N] [--build DIR] [--only PART[:LINE]] [--list]

Looks at libjwtcore/jose, libjwtcore/token and the public API. Those that live
and may live stand in survivors.tsv with the reason; any other is an error, and
so is a share of caught ones below 95 percent. README.md says how it works.
"""
import argparse
import concurrent.futures
import hashlib
import pathlib
import re
import subprocess
import sys

from mutate import mutants_of, with_switches

HERE = pathlib.Path(__file__).resolve().parent
TOP = HERE.parents[1]
SOURCES = ("libjwtcore/jose/*.c", "libjwtcore/token/*.c",
           "libjwtcore/public_*.c")
SUITES = ("attacks", "carrier", "cert", "claims", "edges_ecdsa",
          "edges_eddsa", "edges_hmac", "edges_pkcs1", "edges_pss", "jose",
          "json", "jwk", "jwk_ed", "jwk_pem", "jwk_tools", "jwk_use", "jwks",
          "jws", "keys", "logout_token", "memory", "policy", "public",
          "public_bound", "public_keys", "public_misuse", "public_rules",
          "report", "report_claims", "revocation_twins", "rule_table",
          "rules", "verify", "verify_purposes")
HELPERS = ("cert_maker", "edge_maker", "fault_scenarios", "keys_fixture",
           "public_case", "rule_case", "signer_key", "verify_case")
LEAST_CAUGHT = 0.95
FLAGS = ["-std=gnu11", "-O0", "-g0", "-w", "-D_GNU_SOURCE", "-DHAVE_CONFIG_H",
         "-include", "config.h"]
PACKAGES = ("libcrypto", "libssl", "jansson", "libconfig", "hiredis", "cunit")


def known_survivors():
    rows = (HERE / "survivors.tsv").read_text().splitlines()
    known = {}
    for row in rows:
        if row and not row.startswith("#"):
            file, function, text, reason = row.split("\t")
            known[(file, function, text)] = reason
    return known


def all_mutants():
    found = []
    for pattern in SOURCES:
        for path in sorted(TOP.glob(pattern)):
            found += mutants_of(str(path.relative_to(TOP)), path.read_text())
    for number, mutant in enumerate(found, 1):
        mutant.number = number
    return found


class Builder:
    """One program with all mutants and all tests in it."""

    def __init__(self, build):
        self.build = build.resolve()
        self.folder = self.build / "mutants"
        self.folder.mkdir(exist_ok=True)
        config = self.output("pkg-config", "--cflags", "--libs",
                             *PACKAGES).split()
        self.libs = [f for f in config if f.startswith(("-l", "-L"))]
        defines = self.make_variable("AM_CPPFLAGS")
        self.faults = self.make_variable("FAULTS").split()
        self.flags = (
            FLAGS + [f for f in config if f not in self.libs] +
            [f"-I{self.build}", f"-I{TOP}/libjwtcore", f"-I{TOP}/tests/unit",
             f"-I{HERE}"] + re.findall(r"-D\S+", defines))
        self.newest_header = max(
            path.stat().st_mtime for path in
            (*TOP.glob("libjwtcore/**/*.h"), *TOP.glob("tests/**/*.h"),
             self.build / "config.h"))

    @staticmethod
    def output(*command):
        return subprocess.run(command, check=True, text=True,
                              stdout=subprocess.PIPE).stdout

    def make_variable(self, name):
        return self.output("make", "-s", "-C", str(self.build), "--eval",
                           f"show: ; @echo '$({name})'", "show")

    def compile(self, source, *extra):
        out = self.folder / (source.stem + ".o")
        if out.exists() and out.stat().st_mtime > max(
                self.newest_header, source.stat().st_mtime):
            return out
        done = subprocess.run(["gcc", *self.flags, *extra, "-c", str(source),
                               "-o", str(out)], text=True,
                              capture_output=True)
        if done.returncode != 0:
            sys.exit(f"{source} does not compile:\n{done.stderr}")
        return out

    def write(self, name, text):
        path = self.folder / name
        if not path.exists() or path.read_text() != text:
            path.write_text(text)
        return path

    def compile_mutated(self, file, mutants):
        text = with_switches((TOP / file).read_text(), mutants)
        source = self.write("mutated_" + pathlib.Path(file).name,
                            '#include "mutant.h"\n#line 1\n' + text)
        return self.compile(source, f"-I{(TOP / file).parent}")

    def compile_suites_table(self):
        mains = [f"main_test_{suite}" for suite in SUITES]
        return self.compile(self.write("suites.c", (
            "#include <stddef.h>\n" +
            "".join(f"int {m}(int, char **);\n" for m in mains) +
            "int (*const mutant_suites[])(int, char **) = {" +
            ",\n".join(mains) + "};\n"
            f"const size_t mutant_suites_count = {len(mains)};\n")))

    def build_all(self, mutants, jobs):
        of_file = {}
        for mutant in mutants:
            of_file.setdefault(mutant.file, []).append(mutant)
        work = [lambda f=f, m=m: self.compile_mutated(f, m)
                for f, m in of_file.items()]
        work += [lambda h=h: self.compile(TOP / f"tests/unit/{h}.c")
                 for h in HELPERS]
        work += [lambda s=s: self.compile(TOP / f"tests/unit/test_{s}.c",
                                          f"-Dmain=main_test_{s}")
                 for s in SUITES]
        work += [lambda: self.compile(HERE / "runner.c"),
                 lambda: self.compile(TOP / "tests/fuzz/faults.c",
                                      f"-I{TOP}/tests/fuzz"),
                 self.compile_suites_table]
        with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
            objects = list(pool.map(lambda f: f(), work))
        # What isn't mutated comes from the archive that the build made.
        program = self.folder / "runner"
        self.output("gcc", "-o", str(program), *map(str, objects),
                    str(self.build / "libjwtcore/.libs/libjwtcore-all.a"),
                    *self.faults, *self.libs, "-pthread", "-lm")
        return program


class Tests:
    """Which tests a mutant can be seen by: those in which the statement has
    returned an error; the quickest first."""

    def __init__(self, program, count):
        self.program = program
        self.by_mutant = {}
        rows = []
        for row in self.run("map", str(count)).splitlines():
            index, status, microseconds, name, reached = row.split("\t")
            if status != "0":
                sys.exit(f"fails without any mutant: {name}")
            rows.append((int(microseconds), index, reached.split()))
        for _, index, reached in sorted(rows):
            for number in reached:
                self.by_mutant.setdefault(int(number), []).append(index)
        self.count = len(rows)

    def run(self, *arguments):
        return subprocess.run(
            [self.program, *arguments], cwd=self.program.parent, check=True,
            text=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            stdin=subprocess.DEVNULL).stdout

    def who_catches(self, mutant):
        """The test's name; empty: none of those that reach it."""
        tests = self.by_mutant.get(mutant.number, [])
        return self.run("try", str(mutant.number), *tests).strip()


class Results:
    """A line a mutant in results.tsv, so that a run that was stopped goes on
    where it was. Another program makes another file."""

    def __init__(self, program):
        self.path = program.parent / "results.tsv"
        self.known = {}
        digest = hashlib.sha256(program.read_bytes()).hexdigest()
        rows = self.path.read_text().splitlines() if self.path.exists() else []
        if rows[:1] == [digest]:
            for row in rows[1:]:
                number, by = row.split("\t")[:2]
                self.known[int(number)] = by
        else:
            self.path.write_text(digest + "\n")

    def keep(self, mutant, by):
        self.known[mutant.number] = by
        with self.path.open("a") as file:
            file.write(f"{mutant.number}\t{by}\t{mutant}\n")


def try_all(mutants, program, count, jobs):
    results = Results(program)
    left = [m for m in mutants if m.number not in results.known]
    if left:
        tests = Tests(program, count)
        print(f"{tests.count} tests, {len(left)} mutants to try", flush=True)
        with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
            futures = {pool.submit(tests.who_catches, m): m for m in left}
            for future in concurrent.futures.as_completed(futures):
                results.keep(futures[future], future.result())
        for mutant in left:
            if mutant.number not in tests.by_mutant:
                print(f"no test fails by it: {mutant}")
    return [m for m in mutants if not results.known[m.number]]


def judge(mutants, survived, partial):
    known = known_survivors()
    unexplained = [m for m in survived if m.key() not in known]
    stale = set() if partial else set(known) - {m.key() for m in survived}
    for mutant in survived:
        print(f"lives: {mutant}\n"
              f"       {known.get(mutant.key(), 'NOT EXPLAINED')}")
    for key in sorted(stale):
        print("in survivors.tsv, but caught or gone:", *key)
    caught = len(mutants) - len(survived)
    print(f"{len(mutants)} mutants: {caught} caught "
          f"({100 * caught / max(len(mutants), 1):.1f} %), "
          f"{len(survived)} live ({len(unexplained)} of them unexplained)")
    return bool(unexplained or stale or
                caught < LEAST_CAUGHT * len(mutants))


def main():
    parser = argparse.ArgumentParser(
        description="Turn off each error return and see a test fail.")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--build", type=pathlib.Path,
                        default=TOP / "build/gcc",
                        help="a build of the tree")
    parser.add_argument("--only", metavar="PART[:LINE]",
                        help="of those whose file has this in its path")
    parser.add_argument("--list", action="store_true",
                        help="say what would be turned off")
    args = parser.parse_args()
    everything = all_mutants()
    file, _, line = (args.only or "").partition(":")
    mutants = [m for m in everything
               if file in m.file and line in ("", str(m.line))]
    if args.list:
        print(*mutants, sep="\n")
        return 0
    program = Builder(args.build).build_all(everything, args.jobs)
    survived = try_all(mutants, program, len(everything), args.jobs)
    return judge(mutants, survived, args.only is not None)


if __name__ == "__main__":
    sys.exit(main())
