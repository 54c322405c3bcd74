#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Turns off each line that returns an error, one at a time, and runs the
unit suites: a mutant that none of them catches is a check without a test.

    mutants.py [--jobs N] [--build DIR] [--only FILE[:LINE]] [--list]

Looks at libjwtcore/jose, libjwtcore/token and the public API. Those that live
and may live stand in survivors.tsv with the reason; any other is an error, and
so is a share of caught ones below 95 percent.
"""
import argparse
import concurrent.futures
import pathlib
import re
import subprocess
import sys
import tempfile

TOP = pathlib.Path(__file__).resolve().parents[2]
SOURCES = ("libjwtcore/jose/*.c", "libjwtcore/token/*.c",
           "libjwtcore/public_*.c")
# The fast ones first: most mutants die within a tenth of a second.
SUITES = ("json", "jws", "jwks", "jwk", "claims", "rules", "policy", "carrier",
          "attacks", "edges", "memory", "verify", "public", "public_misuse",
          "fetch_answer", "jwk_pem", "jose")
HELPERS = ("suite", "cert_maker", "public_case")
LEAST_CAUGHT = 0.95
DEADLINE = 120  # seconds; a mutant that hangs is caught
FLAGS = ["-std=gnu11", "-O0", "-g0", "-w", "-D_GNU_SOURCE", "-DHAVE_CONFIG_H"]


class Mutant:
    """One statement and what it becomes."""

    def __init__(self, file, line, function, old, start, end, new):
        self.file, self.line, self.function = file, line, function
        self.start, self.end, self.new = start, end, new
        self.text = " ".join(old.split())

    def __str__(self):
        return f"{self.file}:{self.line} {self.function}(): {self.text}"

    def key(self):
        return (self.file, self.function, self.text)


def is_error_return(statement):
    """Does this return statement hand an error up?"""
    if re.search(r"\b(report|malformed|unavailable|json_fail|json_no_memory|"
                 r"failed|MISUSE|SPOIL)\(", statement):
        return True
    names = set(re.findall(r"\bJWT_[A-Z_]+\b", statement)) - {"JWT_OK"}
    if names and "?" not in statement:
        return True
    return statement in ("return false;", "return NULL;")


def success_of(signature):
    """What a function of this type returns when all is well."""
    if "enum jwt_reason" in signature:
        return "return JWT_OK;"
    if re.search(r"\bbool\b", signature):
        return "return true;"
    return None


def statement_end(text, start):
    depth, i, quote = 0, start, None
    while True:
        c = text[i]
        if quote:
            if c == "\\":
                i += 1
            elif c == quote:
                quote = None
        elif c in "\"'":
            quote = c
        elif c in "([{":
            depth += 1
        elif c in ")]}":
            depth -= 1
        elif c == ";" and depth == 0:
            return i + 1
        i += 1


def functions_of(text):
    """(name, signature, start, end) of each function: its brace is in column
    0, as clang-format puts it."""
    for match in re.finditer(
            r"^((?:static |const |enum |struct )*[\w ]+?[ *]*)\n(\w+)\(([^;{}]*?)\)\n\{\n",
            text, re.M):
        end = text.index("\n}\n", match.end() - 1) + 2
        yield match.group(2), match.group(1), match.end(), end


def mutants_of(path):
    text = path.read_text()
    file = str(path.relative_to(TOP))
    for name, signature, start, end in functions_of(text):
        success = success_of(signature)
        if success is None:
            continue
        for match in re.finditer(r"^\t+(return\b|JWT_TRY\()", text[start:end],
                                 re.M):
            at = start + match.start(1)
            stop = statement_end(text, at)
            old = text[at:stop]
            one_line = " ".join(old.split())
            line = text.count("\n", 0, at) + 1
            if old.startswith("JWT_TRY("):
                new = "(void)!" + old[len("JWT_TRY"):]
            elif not is_error_return(one_line):
                continue
            elif text[stop:].lstrip().startswith("}") and \
                    text[stop:].startswith("\n}\n"):
                new = success
            else:
                new = "(void)0;"
            yield Mutant(file, line, name, old, at, stop, new)


def known_survivors():
    rows = (TOP / "tests/mutants/survivors.tsv").read_text().splitlines()
    known = {}
    for row in rows:
        if row and not row.startswith("#"):
            file, function, text, reason = row.split("\t")
            known[(file, function, text)] = reason
    return known


class Builder:
    """Compiles everything once; a mutant costs one compile and one link."""

    def __init__(self, folder, build):
        self.folder = pathlib.Path(folder)
        packages = ("libcrypto", "libssl", "jansson", "libconfig", "hiredis",
                    "cunit")
        config = subprocess.run(["pkg-config", "--cflags", "--libs",
                                 *packages], check=True, text=True,
                                capture_output=True).stdout.split()
        self.libs = [f for f in config if f.startswith(("-l", "-L"))]
        self.flags = FLAGS + [f for f in config if f not in self.libs] + [
            "-include", "config.h", f"-I{build}",
            f"-I{TOP}/libjwtcore", f"-I{TOP}/tests/unit", f"-I{TOP}/tools",
            f"-I{TOP}/tools/fetchd", *self.make_defines(build)]
        self.suites = [s for s in SUITES
                       if (TOP / f"tests/unit/test_{s}.c").exists()]
        self.objects = {}

    @staticmethod
    def make_defines(build):
        """The -D flags of the real build."""
        out = subprocess.run(
            ["make", "-s", "-C", str(build), "--eval",
             "show: ; @echo $(AM_CPPFLAGS)", "show"], check=True, text=True,
            capture_output=True).stdout
        return re.findall(r"-D\S+", out)

    def compile(self, source, out, *extra):
        return subprocess.run(["gcc", *self.flags, *extra, "-c", str(source),
                               "-o", str(out)], text=True,
                              capture_output=True)

    def sources(self):
        library = sorted((TOP / "libjwtcore").rglob("*.c"))
        helpers = [TOP / f"tests/unit/{h}.c" for h in HELPERS]
        tests = [TOP / f"tests/unit/test_{s}.c" for s in self.suites]
        return library + helpers + tests

    def build_all(self, jobs):
        def one(source):
            out = self.folder / (str(source.relative_to(TOP)).replace("/", "_")
                                 + ".o")
            extra = []
            if source.name.startswith("test_"):
                extra = [f"-Dmain=main_{source.stem}"]
            done = self.compile(source, out, *extra)
            if done.returncode != 0:
                sys.exit(f"{source}: does not compile\n{done.stderr}")
            self.objects[str(source.relative_to(TOP))] = out

        with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
            list(pool.map(one, self.sources()))
        self.objects["runner"] = self.build_runner()

    def build_runner(self):
        names = [f"main_test_{s}" for s in self.suites]
        source, out = self.folder / "runner.c", self.folder / "runner.o"
        source.write_text(
            "#include <sys/wait.h>\n#include <unistd.h>\n#include <stdio.h>\n"
            + "".join(f"int {n}(void);\n" for n in names)
            + "int main(void)\n{\n\tint (*const suite[])(void) = { "
            + ", ".join(names) + " };\n"
            "\tfor (unsigned i = 0; i < sizeof(suite) / sizeof(*suite); i++) {\n"
            "\t\tint status = 1;\n\t\tpid_t pid = fork();\n"
            "\t\tif (pid == 0)\n\t\t\t_exit(suite[i]());\n"
            "\t\tif (waitpid(pid, &status, 0) != pid || status != 0)\n"
            "\t\t\treturn 1;\n\t}\n\treturn 0;\n}\n")
        done = self.compile(source, out)
        if done.returncode != 0:
            sys.exit(done.stderr)
        return out

    def link(self, out, replaced=None, by=None):
        objects = [by if name == replaced else path
                   for name, path in self.objects.items()]
        return subprocess.run(["gcc", "-o", str(out), *map(str, objects),
                               "-Wl,--wrap=malloc,--wrap=calloc",
                               *self.libs, "-pthread", "-lm"],
                              text=True, capture_output=True)

    def run(self, program):
        try:
            return subprocess.run(["setsid", "-w", str(program)],
                                  cwd=self.folder, timeout=DEADLINE,
                                  capture_output=True).returncode
        except subprocess.TimeoutExpired:
            return -1

    def try_mutant(self, mutant):
        """'caught', 'survived', or 'broken' where it doesn't compile."""
        path = TOP / mutant.file
        text = path.read_text()
        tag = f"{mutant.file.replace('/', '_')}-{mutant.line}"
        source, out = self.folder / f"{tag}.c", self.folder / f"{tag}.o"
        program = self.folder / f"{tag}.exe"
        source.write_text(text[:mutant.start] + mutant.new +
                          text[mutant.end:])
        try:
            if self.compile(source, out,
                            f"-I{path.parent}").returncode != 0 or \
                    self.link(program, mutant.file, out).returncode != 0:
                return "broken"
            return "survived" if self.run(program) == 0 else "caught"
        finally:
            for left in (source, out, program):
                left.unlink(missing_ok=True)


def wanted(mutants, only):
    if only is None:
        return mutants
    file, _, line = only.partition(":")
    return [m for m in mutants
            if m.file.endswith(file) and (not line or m.line == int(line))]


def main():
    parser = argparse.ArgumentParser(
        description="Turn off each error return and see a test fail.")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--build", type=pathlib.Path,
                        default=TOP / "build/gcc",
                        help="a configured build of the tree")
    parser.add_argument("--only", metavar="FILE[:LINE]")
    parser.add_argument("--list", action="store_true",
                        help="say what would be turned off")
    args = parser.parse_args()
    mutants = wanted([m for pattern in SOURCES
                      for path in sorted(TOP.glob(pattern))
                      for m in mutants_of(path)], args.only)
    if args.list:
        print(*mutants, sep="\n")
        return 0
    known = known_survivors()
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        builder = Builder(folder, args.build)
        builder.build_all(args.jobs)
        clean = pathlib.Path(folder) / "clean"
        linked = builder.link(clean)
        if linked.returncode != 0 or builder.run(clean) != 0:
            sys.exit("the suites fail without any mutant:\n" + linked.stderr)
        with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
            results = list(pool.map(builder.try_mutant, mutants))
    return judge(mutants, results, known, args.only is not None)


def judge(mutants, results, known, partial):
    survived = [m for m, r in zip(mutants, results) if r == "survived"]
    unexplained = [m for m in survived if m.key() not in known]
    stale = set() if partial else \
        set(known) - {m.key() for m in survived}
    caught = results.count("caught")
    tried = caught + len(survived)
    for mutant in survived:
        reason = known.get(mutant.key(), "NOT EXPLAINED")
        print(f"lives: {mutant}\n       {reason}")
    for key in sorted(stale):
        print("in survivors.tsv, but caught or gone:", *key)
    print(f"{len(mutants)} mutants: {caught} caught, {len(survived)} live "
          f"({len(unexplained)} of them unexplained), "
          f"{results.count('broken')} do not compile")
    if unexplained or stale or (tried and caught < LEAST_CAUGHT * tried):
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
