# jwtauthctl enable and disable; the tests link it too. Name it before
# libjwtcore-all.la.
noinst_LTLIBRARIES += tools/ctl/libenable.la
tools_ctl_libenable_la_CPPFLAGS = $(AM_CPPFLAGS) \
	-DJWT_PAM_DIR='"$(pamdir)"'
tools_ctl_libenable_la_CFLAGS = $(CORE_CFLAGS)
tools_ctl_libenable_la_LIBADD = $(PAM_LIBS)
tools_ctl_libenable_la_SOURCES = \
	tools/ctl/changes.c \
	tools/ctl/changes.h \
	tools/ctl/command.c \
	tools/ctl/command.h \
	tools/ctl/enable.c \
	tools/ctl/enable.h \
	tools/ctl/enable_check.c \
	tools/ctl/enable_options.c \
	tools/ctl/enable_plan.c \
	tools/ctl/host.c \
	tools/ctl/pam_snippet.c \
	tools/ctl/pam_snippet.h \
	tools/ctl/pam_stack.c \
	tools/ctl/pam_stack.h \
	tools/ctl/sshd_drop_in.c \
	tools/ctl/sshd_find.c \
	tools/ctl/sshd_settings.c \
	tools/ctl/sshd_settings.h \
	tools/ctl/sudoers_drop_in.c \
	tools/ctl/text_lines.c \
	tools/ctl/text_lines.h
dist_man_MANS += tools/ctl/jwtauthctl.8
