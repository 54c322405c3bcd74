# jwtauthctl revoke and revoked; the tests link it too. Name it before
# libcommon.la and libjwtcore-all.la.
noinst_LTLIBRARIES += tools/ctl/librevoke.la
tools_ctl_librevoke_la_CPPFLAGS = $(COMMON_CPPFLAGS)
tools_ctl_librevoke_la_CFLAGS = $(CORE_CFLAGS)
tools_ctl_librevoke_la_SOURCES = \
	tools/ctl/revoke.c \
	tools/ctl/revoke.h \
	tools/ctl/revoke_name.c \
	tools/ctl/revoke_token.c \
	tools/ctl/revoke_write.c \
	tools/ctl/revoked.c \
	tools/ctl/store_open.c \
	tools/ctl/store_open.h
