include tools/ctl/enable.mk
include tools/ctl/revoke.mk

sbin_PROGRAMS += tools/ctl/jwtauthctl
tools_ctl_jwtauthctl_CPPFLAGS = $(COMMON_CPPFLAGS)
tools_ctl_jwtauthctl_CFLAGS = $(CORE_CFLAGS)
tools_ctl_jwtauthctl_LDADD = tools/ctl/libenable.la \
	tools/ctl/librevoke.la tools/common/libcommon.la \
	libjwtcore/libjwtcore-all.la
tools_ctl_jwtauthctl_SOURCES = \
	tools/ctl/config_check.c \
	tools/ctl/ctl.h \
	tools/ctl/explain.c \
	tools/ctl/input.c \
	tools/ctl/keys_print.c \
	tools/ctl/keys_show.c \
	tools/ctl/keys_show.h \
	tools/ctl/main.c \
	tools/ctl/verify_jws.c
