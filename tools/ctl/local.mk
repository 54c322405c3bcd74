include tools/ctl/enable.mk

sbin_PROGRAMS += tools/ctl/jwtauthctl
tools_ctl_jwtauthctl_CFLAGS = $(CORE_CFLAGS)
tools_ctl_jwtauthctl_LDADD = tools/ctl/libenable.la \
	libjwtcore/libjwtcore-all.la
tools_ctl_jwtauthctl_SOURCES = \
	tools/ctl/ctl.h \
	tools/ctl/main.c \
	tools/ctl/config_check.c
