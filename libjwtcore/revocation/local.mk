libjwtcore_libjwtcore_all_la_SOURCES += \
	libjwtcore/revocation/revocation.h
