# jwtauth-followd: keeps a host's copy of the revocations in Redis.
helper_PROGRAMS += tools/followd/jwtauth-followd
dist_man_MANS += tools/followd/jwtauth-followd.8

noinst_LTLIBRARIES += tools/followd/libfollow.la
FOLLOW_CPPFLAGS = $(AM_CPPFLAGS) \
	-I$(srcdir)/tools/common -I$(srcdir)/tools/followd
tools_followd_libfollow_la_CPPFLAGS = $(FOLLOW_CPPFLAGS)
tools_followd_libfollow_la_CFLAGS = $(CORE_CFLAGS)
tools_followd_libfollow_la_LIBADD = tools/common/libcommon.la \
	libjwtcore/libjwtcore-all.la
tools_followd_libfollow_la_SOURCES = \
	tools/followd/changes.c \
	tools/followd/folder.c \
	tools/followd/folder.h \
	tools/followd/follower.c \
	tools/followd/follower.h \
	tools/followd/index.c \
	tools/followd/index.h \
	tools/followd/nodes.c \
	tools/followd/scan.c \
	tools/followd/start.c \
	tools/followd/status.c \
	tools/followd/status.h \
	tools/followd/stream.c \
	tools/followd/sweep.c

tools_followd_jwtauth_followd_CPPFLAGS = $(FOLLOW_CPPFLAGS)
tools_followd_jwtauth_followd_CFLAGS = $(CORE_CFLAGS)
tools_followd_jwtauth_followd_LDADD = tools/followd/libfollow.la
tools_followd_jwtauth_followd_SOURCES = tools/followd/main.c

TESTS += tests/unit/test_followd.py
EXTRA_DIST += tests/unit/test_followd.py tests/unit/followd_site.py
