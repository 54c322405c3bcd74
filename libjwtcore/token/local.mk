libjwtcore_libjwtcore_all_la_SOURCES += \
	libjwtcore/token/carrier.h \
	libjwtcore/token/claims.h
