# jwtauth-revoke: the writing half of a revocation, for who is not root. The
# tests link its limits.
noinst_LTLIBRARIES += tools/revoker/librevoker.la
REVOKER_CPPFLAGS = $(COMMON_CPPFLAGS) -I$(srcdir)/tools/ctl
tools_revoker_librevoker_la_CPPFLAGS = $(REVOKER_CPPFLAGS)
tools_revoker_librevoker_la_CFLAGS = $(CORE_CFLAGS)
tools_revoker_librevoker_la_SOURCES = \
	tools/revoker/bounds.c \
	tools/revoker/bounds.h

helper_PROGRAMS += tools/revoker/jwtauth-revoke
tools_revoker_jwtauth_revoke_CPPFLAGS = $(REVOKER_CPPFLAGS)
tools_revoker_jwtauth_revoke_CFLAGS = $(CORE_CFLAGS)
tools_revoker_jwtauth_revoke_LDADD = tools/revoker/librevoker.la \
	tools/ctl/librevoke.la tools/common/libcommon.la \
	libjwtcore/libjwtcore-all.la
tools_revoker_jwtauth_revoke_SOURCES = tools/revoker/main.c
dist_man_MANS += tools/revoker/jwtauth-revoke.8
