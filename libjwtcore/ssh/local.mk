libjwtcore_libjwtcore_all_la_SOURCES += \
	libjwtcore/ssh/cert.c \
	libjwtcore/ssh/cert.h \
	libjwtcore/ssh/fields.h \
	libjwtcore/ssh/key.c \
	libjwtcore/ssh/key.h \
	libjwtcore/ssh/verify.c \
	libjwtcore/ssh/wire.c \
	libjwtcore/ssh/wire.h
