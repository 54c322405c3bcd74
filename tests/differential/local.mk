# The same tokens to us, jose (npm), rhonabwy and cjose (Debian): every
# difference explained, or a failure. Not in "make check": it needs node, npm
# and the network once. Another run: make differential SEED=today COUNT=100000
check_PROGRAMS += tests/differential/ours
tests_differential_ours_SOURCES = \
	tests/differential/batch.c \
	tests/differential/batch.h \
	tests/differential/ours.c
tests_differential_ours_CFLAGS = $(CORE_CFLAGS)
tests_differential_ours_LDADD = libjwtcore/libjwtcore-all.la

SEED = 7515
COUNT = 12000

.PHONY: differential differential-long
differential: tests/differential/ours
	node $(srcdir)/tests/differential/run.mjs tests/differential/run \
		$(abs_builddir)/tests/differential/ours $(SEED) $(COUNT)

# Other tokens each time, as long as ROUNDS says; each prints its seed.
ROUNDS = 40
differential-long: tests/differential/ours
	seed=$$(date +%s); for round in $$(seq $(ROUNDS)); do \
		$(MAKE) differential SEED=$$seed-$$round COUNT=20000 || exit 1; \
	done

EXTRA_DIST += \
	tests/differential/cjose.c \
	tests/differential/compare.mjs \
	tests/differential/features.mjs \
	tests/differential/generate.mjs \
	tests/differential/jose.mjs \
	tests/differential/keys.mjs \
	tests/differential/package-lock.json \
	tests/differential/package.json \
	tests/differential/rhonabwy.c \
	tests/differential/rules.mjs \
	tests/differential/run.mjs \
	tests/differential/shapes.mjs
