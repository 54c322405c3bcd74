# jwtauth-logout: takes logouts from issuers. The tests link what parses and
# judges.
noinst_LTLIBRARIES += tools/logout/liblogout.la
LOGOUT_CPPFLAGS = $(COMMON_CPPFLAGS) -I$(srcdir)/tools/ctl
tools_logout_liblogout_la_CPPFLAGS = $(LOGOUT_CPPFLAGS)
tools_logout_liblogout_la_CFLAGS = $(CORE_CFLAGS)
tools_logout_liblogout_la_SOURCES = \
	tools/logout/answer.c \
	tools/logout/answer.h \
	tools/logout/form.c \
	tools/logout/form.h \
	tools/logout/hand_over.c \
	tools/logout/judge_logout.c \
	tools/logout/logout.h \
	tools/logout/scgi.c \
	tools/logout/scgi.h \
	tools/logout/seen.c \
	tools/logout/share.c

helper_PROGRAMS += tools/logout/jwtauth-logout
tools_logout_jwtauth_logout_CPPFLAGS = $(LOGOUT_CPPFLAGS)
tools_logout_jwtauth_logout_CFLAGS = $(CORE_CFLAGS)
tools_logout_jwtauth_logout_LDADD = tools/logout/liblogout.la \
	tools/ctl/librevoke.la tools/common/libcommon.la \
	libjwtcore/libjwtcore-all.la
tools_logout_jwtauth_logout_SOURCES = tools/logout/main.c
dist_man_MANS += tools/logout/jwtauth-logout.8
