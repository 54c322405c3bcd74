# jwtauth-fetchd: the only program of a login's hosts that uses the network.
helper_PROGRAMS += tools/fetchd/jwtauth-fetchd
dist_man_MANS += tools/fetchd/jwtauth-fetchd.8

tools_fetchd_jwtauth_fetchd_CPPFLAGS = $(AM_CPPFLAGS) \
	-I$(srcdir)/tools/common -I$(srcdir)/tools/fetchd
tools_fetchd_jwtauth_fetchd_CFLAGS = $(CORE_CFLAGS) $(CURL_CFLAGS) -pthread
tools_fetchd_jwtauth_fetchd_LDADD = tools/common/libcommon.la \
	libjwtcore/libjwtcore-all.la $(CURL_LIBS)
tools_fetchd_jwtauth_fetchd_SOURCES = \
	tools/fetchd/answer.c \
	tools/fetchd/answer.h \
	tools/fetchd/discovery.c \
	tools/fetchd/discovery.h \
	tools/fetchd/fetch.c \
	tools/fetchd/fetch.h \
	tools/fetchd/fetch_options.c \
	tools/fetchd/fetch_options.h \
	tools/fetchd/fetcher.c \
	tools/fetchd/fetcher.h \
	tools/fetchd/fetcher_state.h \
	tools/fetchd/freshness.c \
	tools/fetchd/freshness.h \
	tools/fetchd/issuer.c \
	tools/fetchd/issuer.h \
	tools/fetchd/issuer_cache.c \
	tools/fetchd/issuer_due.c \
	tools/fetchd/issuer_end.c \
	tools/fetchd/issuer_state.h \
	tools/fetchd/issuer_steps.c \
	tools/fetchd/look_up.c \
	tools/fetchd/look_up.h \
	tools/fetchd/main.c \
	tools/fetchd/missed.c \
	tools/fetchd/missed.h \
	tools/fetchd/names.c \
	tools/fetchd/names.h \
	tools/fetchd/origin.c \
	tools/fetchd/origin.h \
	tools/fetchd/question.c \
	tools/fetchd/question.h \
	tools/fetchd/refresh_socket.c \
	tools/fetchd/refresh_socket.h \
	tools/fetchd/schedule.c \
	tools/fetchd/schedule.h \
	tools/fetchd/serve.c \
	tools/fetchd/sweep.c \
	tools/fetchd/sweep.h \
	tools/fetchd/usable.c \
	tools/fetchd/usable.h

# Python, for an issuer that misbehaves on request.
TEST_EXTENSIONS = .py
PY_LOG_COMPILER = python3
AM_PY_LOG_FLAGS = -B
FETCHD_TESTS = tests/unit/test_fetchd.py tests/unit/test_fetchd_asked.py \
	tests/unit/test_fetchd_clock.py tests/unit/test_fetchd_ctl.py \
	tests/unit/test_fetchd_moved.py tests/unit/test_fetchd_names.py
TESTS += $(FETCHD_TESTS)
EXTRA_DIST += $(FETCHD_TESTS) tests/unit/fetchd_site.py \
	tests/unit/clock_shift.py

# Preloaded, it sets the clocks of a process.
check_LTLIBRARIES += tests/unit/clock_shift.la
tests_unit_clock_shift_la_SOURCES = tests/unit/clock_shift.c
tests_unit_clock_shift_la_CFLAGS = $(AM_CFLAGS) -fvisibility=default
tests_unit_clock_shift_la_LDFLAGS = -module -avoid-version -rpath /nowhere

# Preloaded, it answers for the name service.
check_LTLIBRARIES += tests/unit/host_answers.la
tests_unit_host_answers_la_SOURCES = tests/unit/host_answers.c
tests_unit_host_answers_la_CFLAGS = $(AM_CFLAGS) -fvisibility=default
tests_unit_host_answers_la_LDFLAGS = -module -avoid-version -rpath /nowhere
