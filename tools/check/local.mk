# jwtauth-check: the unprivileged, NSS-free helper.
helper_PROGRAMS += tools/check/jwtauth-check
tools_check_jwtauth_check_CPPFLAGS = $(COMMON_CPPFLAGS)
tools_check_jwtauth_check_CFLAGS = $(CORE_CFLAGS)
tools_check_jwtauth_check_LDADD = tools/common/libcommon.la
tools_check_jwtauth_check_SOURCES = \
	tools/check/check.h \
	tools/check/client.c \
	tools/check/listen.c \
	tools/check/main.c \
	tools/check/serve.c \
	tools/check/stream.c \
	tools/check/stream_main.c
dist_man_MANS += tools/check/jwtauth-check.8
