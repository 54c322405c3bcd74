# jwtauthctl revoke and revoked; the tests link it too. Name it before
# libcommon.la and libjwtcore-all.la.
noinst_LTLIBRARIES += tools/ctl/librevoke.la
tools_ctl_librevoke_la_CPPFLAGS = $(COMMON_CPPFLAGS) -I$(srcdir)
tools_ctl_librevoke_la_CFLAGS = $(CORE_CFLAGS)
tools_ctl_librevoke_la_SOURCES = \
	tools/ctl/aside.c \
	tools/ctl/aside.h \
	tools/ctl/revoke.c \
	tools/ctl/revoke.h \
	tools/ctl/revoke_name.c \
	tools/ctl/revoke_order.c \
	tools/ctl/revoke_order.h \
	tools/ctl/revoke_print.c \
	tools/ctl/revoke_session.c \
	tools/ctl/revoke_token.c \
	tools/ctl/revoke_write.c \
	tools/ctl/revoke_write.h \
	tools/ctl/revoked.c \
	tools/ctl/revoked.h \
	tools/ctl/revoked_entry.c \
	tools/ctl/revoked_list.c \
	tools/ctl/revoked_name.c \
	tools/ctl/revoked_options.c \
	tools/ctl/revoked_restore.c \
	tools/ctl/revoked_undo.c \
	tools/ctl/say.c \
	tools/ctl/store_open.c \
	tools/ctl/store_open.h \
	pam_jwt/record.c \
	pam_jwt/record.h
