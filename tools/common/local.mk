# What several programs share: dropping privileges, the sandbox, the log.
noinst_LTLIBRARIES += tools/common/libcommon.la
tools_common_libcommon_la_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)/tools/common
tools_common_libcommon_la_CFLAGS = $(CORE_CFLAGS) $(SECCOMP_CFLAGS)
tools_common_libcommon_la_LIBADD = $(SECCOMP_LIBS)
tools_common_libcommon_la_SOURCES = \
	tools/common/privileges.c \
	tools/common/privileges.h
