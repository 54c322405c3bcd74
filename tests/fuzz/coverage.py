#!/usr/bin/env python3
"""What of jose/ and token/ the unit suites and the fuzz corpus reach.

coverage.py SRCDIR PROGRAM...: runs each program, prints lines and branches a
file, and holds every statement that was not reached against the list
tests/fuzz/uncovered. One that is not on the list, or is on it and was
reached, is a failure: the list says why, or it lies. What depends on threads
has a reason that begins with "Sometimes" and may be reached.
"""
import os
import re
import shutil
import subprocess
import sys

PARTS = ('libjwtcore/jose/', 'libjwtcore/token/')
RAW = 'coverage-raw'


def tool(name):
    found = shutil.which(name + '-14') or shutil.which(name)
    if not found:
        sys.exit(f'coverage: {name} is missing: apt install llvm-14')
    return found


def run(programs, srcdir):
    """Runs them all; the names of those that failed."""
    shutil.rmtree(RAW, ignore_errors=True)
    os.mkdir(RAW)
    failed = []
    for program in programs:
        name = os.path.basename(program)
        env = {**os.environ, 'srcdir': srcdir,
               'LLVM_PROFILE_FILE': os.path.abspath(f'{RAW}/{name}-%p.profraw')}
        done = subprocess.run(['./' + program], env=env, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if done.returncode != 0:
            print(f'{name} failed:\n{done.stdout[-2000:]}')
            failed.append(name)
    return failed


def exported(programs):
    """llvm-cov's account of all programs together, as lcov writes it."""
    raw = [os.path.join(RAW, f) for f in sorted(os.listdir(RAW))
           if f.endswith('.profraw')]
    with open(RAW + '/list', 'w', encoding='utf-8') as f:
        f.write('\n'.join(raw) + '\n')
    subprocess.run([tool('llvm-profdata'), 'merge', '-sparse', '-f',
                    RAW + '/list', '-o', RAW + '/all'], check=True)
    objects = [a for p in programs[1:] for a in ('-object', p)]
    return subprocess.run(
        [tool('llvm-cov'), 'export', '-format=lcov', '-instr-profile',
         RAW + '/all', programs[0], *objects],
        check=True, text=True, stdout=subprocess.PIPE).stdout


def files(lcov, srcdir):
    """Of each file of PARTS: its lines' counts, functions, branches."""
    root = os.path.realpath(srcdir) + '/'
    found, current = {}, None
    for line in lcov.splitlines():
        word, _, rest = line.partition(':')
        if word == 'SF':
            path = os.path.realpath(rest).removeprefix(root)
            current = None
            if path.startswith(PARTS):
                current = found.setdefault(
                    path, {'lines': {}, 'functions': {}, 'branches': {}})
        elif current is None:
            continue
        elif word == 'DA':
            # A header has an account for each way its path was written.
            number, count = (int(n) for n in rest.split(',')[:2])
            lines = current['lines']
            lines[number] = lines.get(number, 0) + count
        elif word == 'FN':
            number, name = rest.split(',', 1)
            current['functions'][int(number)] = name.split(':')[-1]
        elif word == 'BRDA':
            *place, count = rest.split(',')
            branches, place = current['branches'], tuple(place)
            taken = count not in ('0', '-')
            branches[place] = branches.get(place, False) or taken
    return found


def function_at(functions, number):
    before = [n for n in functions if n <= number]
    return functions[max(before)] if before else '?'


def unreached(path, account, srcdir):
    """(function, text) of each statement that no program came to.

    The text begins with the line of the "if" above it: many are alike.
    """
    with open(os.path.join(srcdir, path), encoding='utf-8') as f:
        source = [''] + f.read().splitlines()
    goes_on = False
    for number, count in sorted(account['lines'].items()):
        text = source[number].strip()
        if count != 0:
            goes_on = False
            continue
        if not goes_on and text not in ('', '{', '}', '*/'):
            above = source[number - 1].strip()
            if above and not re.search(r'[;{}:/]$', above):
                text = above + ' ' + text
            yield function_at(account['functions'], number), text
        goes_on = bool(text) and not re.search(r'[;{}:]$', text)


def explained(path):
    """The list: "FILE:FUNCTION: TEXT" (or *), the reason indented behind."""
    entries = {}
    with open(path, encoding='utf-8') as f:
        for line in f:
            if line.startswith('#') or not line.strip():
                continue
            if line[0].isspace():
                entries[last] = (entries[last] + ' ' + line.strip()).strip()
                continue
            name, function, text = line.rstrip('\n').split(':', 2)
            last = (name, function, text.strip())
            entries[last] = ''
    return entries


def percent(hit, of):
    return f'{hit:5d}/{of:<5d} {100 * hit / of if of else 100:6.2f} %'


def print_table(found):
    total = [0, 0, 0, 0]
    print(f'{"file":36s} {"lines":>18s} {"branches":>18s}')
    for path, account in sorted(found.items()):
        lines, branches = account['lines'], account['branches']
        row = [sum(c > 0 for c in lines.values()), len(lines),
               sum(branches.values()), len(branches)]
        total = [a + b for a, b in zip(total, row)]
        print(f'{path:36s} {percent(*row[:2]):>18s} {percent(*row[2:]):>18s}')
    print(f'{"all":36s} {percent(*total[:2]):>18s} {percent(*total[2:]):>18s}')


def compare(found, srcdir):
    """Says what differs from the list; how much does."""
    entries = explained(os.path.join(srcdir, 'tests/fuzz/uncovered'))
    used, bad = set(), 0
    for path, account in sorted(found.items()):
        for function, text in unreached(path, account, srcdir):
            keys = [(path, function, text), (path, function, '*')]
            match = [k for k in keys if entries.get(k)]
            used.update(match)
            if not match:
                print(f'not reached, not explained:\n{path}:{function}: {text}')
                bad += 1
    steady = {k for k, why in entries.items() if not why.startswith('Sometimes')}
    for key in steady - used:
        print('explained, but reached or gone:', ':'.join(key[:2]), key[2])
        bad += 1
    print(f'coverage: {len(used)} explained, {bad} not')
    return bad


def main():
    srcdir, programs = sys.argv[1], sys.argv[2:]
    failed = run(programs, srcdir)
    found = files(exported(programs), srcdir)
    if not found:
        sys.exit('coverage: no file of ' + ' or '.join(PARTS))
    print_table(found)
    if compare(found, srcdir) or failed:
        sys.exit(1)


main()
