# SPDX-License-Identifier: ISC
"""Finds each statement that returns an error, and writes sources in which
each can be turned off by its number.

In a function that returns an error code or a bool:

    return report(r, JWT_EXPIRED, "...");  is passed over, or says that all is
    return false;                          well where nothing stands behind it
    JWT_TRY(call);                         goes on whatever the call said
    return call();  return a && b;         says that all is well

In others "return NULL;" and "return 0;" are passed over, if they end no
function.
"""
import collections
import re

# The functions that hand an error up themselves.
REPORTS = re.compile(r"\b(report|malformed|unavailable|json_fail|"
                     r"json_no_memory|failed|MISUSE|SPOIL)\(")
REASON = re.compile(r"\bJWT_[A-Z_]+\b(?!\()")


class Mutant:
    """One statement, and what stands in its place."""

    def __init__(self, file, line, function, old, start, new):
        self.file, self.line, self.function = file, line, function
        self.start, self.end, self.new = start, start + len(old), new
        self.text = " ".join(old.split())
        self.number = 0

    def __str__(self):
        return f"{self.file}:{self.line} {self.function}(): {self.text}"

    def key(self):
        return (self.file, self.function, self.text)


def says_error(text):
    """Is this value an error, whatever has happened?"""
    if text in ("false", "NULL"):
        return True
    if "?" in re.sub(r'"[^"]*"', "", text):
        return False
    return bool(REPORTS.match(text)) or \
        (REASON.fullmatch(text) is not None and text != "JWT_OK")


def success_of(signature):
    """What a function of this type returns when all is well; its type."""
    if "enum jwt_reason" in signature:
        return "JWT_OK", "enum jwt_reason"
    if re.search(r"\bbool\b", signature):
        return "true", "bool"
    return None, None


def statement_end(text, start):
    depth, i = 0, start
    while True:
        if text[i] in "\"'":
            quote = text[i]
            i += 1
            while text[i] != quote:
                i += 2 if text[i] == "\\" else 1
        elif text.startswith("/*", i):
            i = text.index("*/", i) + 1
        elif text[i] in "([{":
            depth += 1
        elif text[i] in ")]}":
            depth -= 1
        elif text[i] == ";" and depth == 0:
            return i + 1
        i += 1


def functions_of(text):
    """(name, signature, start, end) of each function: its brace is in column
    0, as clang-format puts it."""
    for match in re.finditer(
            r"^((?:static |const |enum |struct )*[\w ]+?[ *]*)\n"
            r"(\w+)\(([^;{}]*?)\)\n\{\n", text, re.M):
        end = text.index("\n}\n", match.end() - 1) + 2
        yield match.group(2), match.group(1), match.end(), end


def instead(old, is_last, success, of_type):
    """The statement with its switch, @ for its number; None: no error."""
    if old.startswith("JWT_TRY("):
        call = old[len("JWT_TRY"):-1]
        return ("{ enum jwt_reason m_ = " + call +
                "; if (m_ != JWT_OK && !MUTANT(@)) return m_; }")
    value = old[len("return"):-1].strip()
    is_error = says_error(value)
    if success is None:
        if is_last or value not in ("NULL", "0"):
            return None
        return "{ if (!MUTANT(@)) " + old + " }"
    if value == success:
        return None
    if is_error and not is_last:
        return "{ if (!MUTANT(@)) " + old + " }"
    return (f"{{ {of_type} m_ = ({value}); if (m_ != {success} && MUTANT(@)) "
            f"m_ = {success}; return m_; }}")


def mutants_of(file, text):
    seen = collections.Counter()
    for name, signature, start, end in functions_of(text):
        success, of_type = success_of(signature)
        for match in re.finditer(r"^\t+(return\b|JWT_TRY\()", text[start:end],
                                 re.M):
            at = start + match.start(1)
            old = text[at:statement_end(text, at)]
            is_last = text.startswith("\n}\n", at + len(old))
            new = instead(old, is_last, success, of_type)
            if new is not None:
                line = text.count("\n", 0, at) + 1
                mutant = Mutant(file, line, name, old, at, new)
                seen[mutant.key()] += 1
                if seen[mutant.key()] > 1:  # the function says it again
                    mutant.text += f" [{seen[mutant.key()]}]"
                yield mutant


def with_switches(text, mutants):
    """The source with all of its mutants in it, none of them on."""
    for mutant in sorted(mutants, key=lambda m: -m.start):
        text = (text[:mutant.start] +
                mutant.new.replace("@", str(mutant.number)) +
                text[mutant.end:])
    return text
