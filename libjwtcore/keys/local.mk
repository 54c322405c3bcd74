libjwtcore_libjwtcore_all_la_SOURCES += \
	libjwtcore/keys/cache.h \
	libjwtcore/keys/keys.h
