libjwtcore_libjwtcore_all_la_SOURCES += \
	libjwtcore/policy/account.c \
	libjwtcore/policy/policy.h \
	libjwtcore/policy/service.c
