libjwtcore_libjwtcore_all_la_SOURCES += \
	libjwtcore/token/carrier.c \
	libjwtcore/token/carrier.h \
	libjwtcore/token/check.c \
	libjwtcore/token/claims.c \
	libjwtcore/token/claims.h \
	libjwtcore/token/logout.c
