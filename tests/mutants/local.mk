# `make mutants`: each error return of jose/, token/ and the public
# API turned off in turn.
EXTRA_DIST += tests/mutants/mutants.py tests/mutants/survivors.tsv

.PHONY: mutants
mutants: all
	$(srcdir)/tests/mutants/mutants.py --build $(abs_builddir)
