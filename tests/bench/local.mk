# `make bench` measures; `make check` only sees that the bench still runs.
# A peer is a module of its own, built where its library is installed.
BENCH_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)/tests/bench
BENCH_MODULE_LDFLAGS = $(HARDEN_LDFLAGS) -module -avoid-version \
	-rpath $(abs_builddir)
BENCH_PEERS =
BENCH_MODULES = $(BENCH_PEERS:tests/bench/%.la=tests/bench/.libs/%.so)

check_PROGRAMS += tests/bench/bench
tests_bench_bench_SOURCES = \
	tests/bench/allocations.c \
	tests/bench/bench.h \
	tests/bench/contestant.h \
	tests/bench/main.c \
	tests/bench/material.c \
	tests/bench/material.h \
	tests/bench/measure.c \
	tests/bench/measure.h \
	tests/bench/ours.c \
	tests/bench/peers.c \
	tests/bench/race.c \
	tests/bench/raw.c \
	tests/bench/tables.c
tests_bench_bench_CPPFLAGS = $(BENCH_CPPFLAGS)
tests_bench_bench_CFLAGS = $(CORE_CFLAGS)
tests_bench_bench_LDADD = libjwtcore/libjwtcore-all.la -ldl -lm

# What revocation costs, with a redis-server: `make bench-revocation`.
check_PROGRAMS += tests/bench/revocation/revocation
tests_bench_revocation_revocation_SOURCES = \
	tests/bench/material.c \
	tests/bench/measure.c \
	tests/bench/raw.c \
	tests/bench/revocation/bar.h \
	tests/bench/revocation/main.c \
	tests/bench/revocation/places.c \
	tests/bench/revocation/runs.c \
	tests/bench/revocation/servers.c \
	tools/check/stream.c
tests_bench_revocation_revocation_CPPFLAGS = $(COMMON_CPPFLAGS) \
	-I$(srcdir)/tests/bench -I$(srcdir)/tools/check
tests_bench_revocation_revocation_CFLAGS = $(CORE_CFLAGS)
tests_bench_revocation_revocation_LDADD = tools/common/libcommon.la -lm

.PHONY: bench-revocation
bench-revocation: tests/bench/revocation/revocation
	tests/bench/revocation/revocation

check_LTLIBRARIES += $(BENCH_LIBJWT1) $(BENCH_PEERS)
if HAVE_LIBJWT1
BENCH_LIBJWT1 = tests/bench/peer_libjwt1.la
tests_bench_peer_libjwt1_la_SOURCES = tests/bench/peer_libjwt1.c
tests_bench_peer_libjwt1_la_CFLAGS = $(AM_CFLAGS) $(LIBJWT1_CFLAGS)
tests_bench_peer_libjwt1_la_LIBADD = $(LIBJWT1_LIBS)
tests_bench_peer_libjwt1_la_LDFLAGS = $(BENCH_MODULE_LDFLAGS)
endif
if HAVE_CJOSE
BENCH_PEERS += tests/bench/peer_cjose.la
tests_bench_peer_cjose_la_SOURCES = tests/bench/peer_cjose.c
tests_bench_peer_cjose_la_CFLAGS = $(AM_CFLAGS) $(CJOSE_CFLAGS)
tests_bench_peer_cjose_la_LIBADD = $(CJOSE_LIBS)
tests_bench_peer_cjose_la_LDFLAGS = $(BENCH_MODULE_LDFLAGS)
endif
if HAVE_RHONABWY
BENCH_PEERS += tests/bench/peer_rhonabwy.la
tests_bench_peer_rhonabwy_la_SOURCES = tests/bench/peer_rhonabwy.c
tests_bench_peer_rhonabwy_la_CFLAGS = $(AM_CFLAGS) $(RHONABWY_CFLAGS)
tests_bench_peer_rhonabwy_la_LIBADD = $(RHONABWY_LIBS)
tests_bench_peer_rhonabwy_la_LDFLAGS = $(BENCH_MODULE_LDFLAGS)
endif

TESTS += tests/bench/smoke.sh
EXTRA_DIST += \
	tests/bench/README.md \
	tests/bench/build-libjwt3 \
	tests/bench/peer_libjwt3.c \
	tests/bench/smoke.sh

# LIBJWT3=DIR: a checkout of libjwt 3, else Debian's libjwt 1 takes its place.
LIBJWT3 =
LIBJWT3_MODULE = tests/bench/peer_libjwt3.so

.PHONY: bench
bench: tests/bench/bench $(BENCH_LIBJWT1) $(BENCH_PEERS)
	@if [ -n '$(LIBJWT3)' ]; then \
		$(MAKE) $(AM_MAKEFLAGS) bench-libjwt3 && \
		libjwt=$(LIBJWT3_MODULE); \
	else \
		libjwt=$(BENCH_LIBJWT1:tests/bench/%.la=tests/bench/.libs/%.so); \
	fi && tests/bench/bench $(BENCH_OPTIONS) $$libjwt $(BENCH_MODULES)

# By hand, since what is in LIBJWT3 is not known when this is configured.
.PHONY: bench-libjwt3
bench-libjwt3:
	$(AM_V_GEN)$(srcdir)/tests/bench/build-libjwt3 '$(LIBJWT3)' \
		tests/bench/libjwt3 >tests/bench/libjwt3.log 2>&1 || \
		{ cat tests/bench/libjwt3.log; exit 1; }
	$(AM_V_CC)$(CC) -std=gnu11 $(WARN_CFLAGS) $(CPPFLAGS) $(CFLAGS) -fPIC \
		-shared -fvisibility=hidden -isystem '$(LIBJWT3)/include' \
		-isystem tests/bench/libjwt3 -DLIBJWT3_VERSION="\"$$(sed -n \
		's/^Version: //p' tests/bench/libjwt3/libjwt.pc)\"" \
		-o $(LIBJWT3_MODULE) $(srcdir)/tests/bench/peer_libjwt3.c \
		tests/bench/libjwt3/libjwt.a -Wl,--exclude-libs,ALL \
		$(JANSSON_LIBS) $(SSL_LIBS) $(CRYPTO_LIBS)
CLEANFILES += $(LIBJWT3_MODULE) tests/bench/libjwt3.log

clean-local:
	rm -rf tests/bench/libjwt3
