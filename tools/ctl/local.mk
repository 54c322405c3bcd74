include tools/ctl/enable.mk
include tools/ctl/revoke.mk

sbin_PROGRAMS += tools/ctl/jwtauthctl
tools_ctl_jwtauthctl_CPPFLAGS = $(COMMON_CPPFLAGS) \
	-I$(srcdir)/tools/fetchd
tools_ctl_jwtauthctl_CFLAGS = $(CORE_CFLAGS)
tools_ctl_jwtauthctl_LDADD = tools/ctl/libenable.la \
	tools/ctl/librevoke.la tools/common/libcommon.la \
	libjwtcore/libjwtcore-all.la
tools_ctl_jwtauthctl_SOURCES = \
	tools/ctl/config_check.c \
	tools/ctl/ctl.h \
	tools/ctl/doctor.c \
	tools/ctl/doctor.h \
	tools/ctl/doctor_copy.c \
	tools/ctl/doctor_host.c \
	tools/ctl/doctor_names.c \
	tools/ctl/doctor_reader.c \
	tools/ctl/doctor_writer.c \
	tools/ctl/explain.c \
	tools/ctl/input.c \
	tools/ctl/keys_common.c \
	tools/ctl/keys_common.h \
	tools/ctl/keys_has.c \
	tools/ctl/keys_import.c \
	tools/ctl/keys_print.c \
	tools/ctl/keys_refresh.c \
	tools/ctl/keys_show.c \
	tools/ctl/keys_status.c \
	tools/ctl/main.c \
	tools/ctl/verify_jws.c \
	tools/fetchd/schedule.c \
	tools/fetchd/usable.c
