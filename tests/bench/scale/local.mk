# A fleet of fetchers in compressed time: see docs/scale.md.
check_PROGRAMS += tests/bench/scale/watch_hosts
tests_bench_scale_watch_hosts_SOURCES = tests/bench/scale/watch_hosts.c
tests_bench_scale_watch_hosts_CFLAGS = $(CORE_CFLAGS)
tests_bench_scale_watch_hosts_LDADD = libjwtcore/libjwtcore-all.la
check_LTLIBRARIES += tests/bench/scale/keep_environment.la
tests_bench_scale_keep_environment_la_SOURCES = \
	tests/bench/scale/keep_environment.c
tests_bench_scale_keep_environment_la_LDFLAGS = $(BENCH_MODULE_LDFLAGS)
EXTRA_DIST += tests/bench/scale/run tests/bench/scale/fleet.py \
	tests/bench/scale/issuer.py tests/bench/scale/story.py \
	tests/bench/scale/report.py docs/scale.md

# The whole story with 200 hosts: about ten minutes, as root.
.PHONY: scale
scale: tests/bench/scale/watch_hosts \
		tests/bench/scale/keep_environment.la tools/fetchd/jwtauth-fetchd \
		tools/keyring/jwt-keyring
	$(srcdir)/tests/bench/scale/run --build .
