# What several programs share: dropping privileges, the sandbox, the log.
noinst_LTLIBRARIES += tools/common/libcommon.la
COMMON_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)/tools/common
tools_common_libcommon_la_CPPFLAGS = $(COMMON_CPPFLAGS)
tools_common_libcommon_la_CFLAGS = $(CORE_CFLAGS) $(SECCOMP_CFLAGS)
tools_common_libcommon_la_LIBADD = libjwtcore/libjwtcore-all.la $(SECCOMP_LIBS)
tools_common_libcommon_la_SOURCES = \
	tools/common/audit.c \
	tools/common/audit.h \
	tools/common/duration.c \
	tools/common/duration.h \
	tools/common/judge.c \
	tools/common/judge.h \
	tools/common/log.c \
	tools/common/log.h \
	tools/common/notify.c \
	tools/common/notify.h \
	tools/common/privileges.c \
	tools/common/privileges.h \
	tools/common/privileges_named.c \
	tools/common/rate.c \
	tools/common/rate.h \
	tools/common/sandbox.c \
	tools/common/sandbox.h
