libjwtcore_libjwtcore_all_la_SOURCES += \
	libjwtcore/ssh/cert.h \
	libjwtcore/ssh/key.h
