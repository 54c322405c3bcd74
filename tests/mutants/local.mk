# `make mutants`: each error return of jose/, token/ and the public
# API turned off in turn.
EXTRA_DIST += tests/mutants/README.md tests/mutants/mutants.py \
	tests/mutants/mutate.py tests/mutants/mutant.h \
	tests/mutants/runner.c tests/mutants/survivors.tsv

.PHONY: mutants
mutants: all
	$(srcdir)/tests/mutants/mutants.py --build $(abs_builddir)
