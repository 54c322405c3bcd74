# Fuzz targets: see tests/fuzz/README.md. Two builds of each: with libFuzzer
# (--enable-fuzzing), or with a main of ours that runs the corpus as a test.
FUZZ_TARGETS = \
	tests/fuzz/fuzz_base64 \
	tests/fuzz/fuzz_cache \
	tests/fuzz/fuzz_carrier \
	tests/fuzz/fuzz_claims \
	tests/fuzz/fuzz_discovery \
	tests/fuzz/fuzz_entry \
	tests/fuzz/fuzz_frame \
	tests/fuzz/fuzz_json \
	tests/fuzz/fuzz_judge \
	tests/fuzz/fuzz_jwk \
	tests/fuzz/fuzz_jwks \
	tests/fuzz/fuzz_jws \
	tests/fuzz/fuzz_mint \
	tests/fuzz/fuzz_names \
	tests/fuzz/fuzz_order \
	tests/fuzz/fuzz_public \
	tests/fuzz/fuzz_redis \
	tests/fuzz/fuzz_scgi \
	tests/fuzz/fuzz_token
check_PROGRAMS += $(FUZZ_TARGETS)
check_LTLIBRARIES += tests/fuzz/libfuzz.la

# Calls that may fail on purpose; the same names stand in faults.c.
FAULTS = -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=strdup \
	-Wl,--wrap=free \
	-Wl,--wrap=json_dumps,--wrap=json_object,--wrap=json_string \
	-Wl,--wrap=json_stringn,--wrap=json_integer,--wrap=json_dumpb \
	-Wl,--wrap=json_object_set_new,--wrap=json_pack \
	-Wl,--wrap=EVP_MD_CTX_new,--wrap=EVP_PKEY_CTX_new_from_name \
	-Wl,--wrap=EVP_PKEY_new_raw_public_key \
	-Wl,--wrap=EVP_PKEY_new_raw_public_key_ex \
	-Wl,--wrap=BN_bin2bn \
	-Wl,--wrap=ECDSA_SIG_new,--wrap=ECDSA_SIG_set0,--wrap=i2d_ECDSA_SIG \
	-Wl,--wrap=OSSL_PARAM_BLD_new,--wrap=OSSL_PARAM_BLD_push_BN \
	-Wl,--wrap=OSSL_PARAM_BLD_push_octet_string \
	-Wl,--wrap=OSSL_PARAM_BLD_push_utf8_string \
	-Wl,--wrap=OSSL_PARAM_BLD_to_param \
	-Wl,--wrap=EVP_PKEY_fromdata_init,--wrap=EVP_PKEY_fromdata \
	-Wl,--wrap=EVP_PKEY_CTX_set_rsa_padding \
	-Wl,--wrap=EVP_PKEY_CTX_set_rsa_pss_saltlen \
	-Wl,--wrap=EVP_DigestVerifyInit_ex,--wrap=EVP_DigestVerify \
	-Wl,--wrap=EVP_DigestInit_ex,--wrap=EVP_DigestUpdate \
	-Wl,--wrap=EVP_DigestFinal_ex,--wrap=EVP_Q_digest \
	-Wl,--wrap=EVP_MD_fetch,--wrap=EVP_PKEY_CTX_new_from_pkey \
	-Wl,--wrap=EVP_PKEY_verify_init,--wrap=EVP_PKEY_verify \
	-Wl,--wrap=EVP_PKEY_CTX_set_signature_md \
	-Wl,--wrap=EVP_DigestInit_ex2,--wrap=EVP_DigestVerifyInit \
	-Wl,--wrap=EVP_MAC_fetch,--wrap=EVP_MAC_CTX_new \
	-Wl,--wrap=EVP_MAC_init,--wrap=EVP_MAC_update \
	-Wl,--wrap=EVP_MAC_final \
	-Wl,--wrap=EVP_DigestSignInit_ex,--wrap=EVP_DigestSign \
	-Wl,--wrap=d2i_ECDSA_SIG,--wrap=BN_bn2binpad \
	-Wl,--wrap=EVP_PKEY_get_bn_param \
	-Wl,--wrap=EVP_PKEY_get_raw_public_key \
	-Wl,--wrap=BIO_new,--wrap=BIO_new_mem_buf \
	-Wl,--wrap=EVP_PKEY_Q_keygen

FUZZ_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)/tests/fuzz
FUZZ_CFLAGS = $(CORE_CFLAGS)
FUZZ_LIBS = tests/fuzz/libfuzz.la libjwtcore/libjwtcore-all.la
if FUZZING
FUZZ_LINK = $(AM_LDFLAGS) -fsanitize=fuzzer
FUZZ_HARNESS =
else
FUZZ_LINK = $(AM_LDFLAGS) $(FAULTS)
FUZZ_HARNESS = tests/fuzz/driver.c tests/fuzz/faults.c
TESTS += $(FUZZ_TARGETS)
endif

tests_fuzz_libfuzz_la_SOURCES = tests/fuzz/fuzz.c tests/fuzz/fuzz.h \
	$(FUZZ_HARNESS)
tests_fuzz_libfuzz_la_CPPFLAGS = $(FUZZ_CPPFLAGS)
tests_fuzz_libfuzz_la_CFLAGS = $(FUZZ_CFLAGS)

tests_fuzz_fuzz_base64_SOURCES = tests/fuzz/fuzz_base64.c
tests_fuzz_fuzz_base64_CPPFLAGS = $(FUZZ_CPPFLAGS)
tests_fuzz_fuzz_base64_CFLAGS = $(FUZZ_CFLAGS)
tests_fuzz_fuzz_base64_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_base64_LDADD = $(FUZZ_LIBS)

tests_fuzz_fuzz_cache_SOURCES = tests/fuzz/fuzz_cache.c \
	tests/fuzz/oracle.c tests/fuzz/oracle.h
tests_fuzz_fuzz_cache_CPPFLAGS = $(FUZZ_CPPFLAGS)
tests_fuzz_fuzz_cache_CFLAGS = $(FUZZ_CFLAGS)
tests_fuzz_fuzz_cache_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_cache_LDADD = $(FUZZ_LIBS)

tests_fuzz_fuzz_carrier_SOURCES = tests/fuzz/fuzz_carrier.c
tests_fuzz_fuzz_carrier_CPPFLAGS = $(FUZZ_CPPFLAGS)
tests_fuzz_fuzz_carrier_CFLAGS = $(FUZZ_CFLAGS)
tests_fuzz_fuzz_carrier_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_carrier_LDADD = $(FUZZ_LIBS)

tests_fuzz_fuzz_claims_SOURCES = tests/fuzz/fuzz_claims.c \
	tests/fuzz/oracle.c tests/fuzz/oracle.h
tests_fuzz_fuzz_claims_CPPFLAGS = $(FUZZ_CPPFLAGS)
tests_fuzz_fuzz_claims_CFLAGS = $(FUZZ_CFLAGS)
tests_fuzz_fuzz_claims_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_claims_LDADD = $(FUZZ_LIBS)

tests_fuzz_fuzz_discovery_SOURCES = tests/fuzz/fuzz_discovery.c \
	tests/fuzz/oracle.c tests/fuzz/oracle.h \
	tools/fetchd/discovery.c
tests_fuzz_fuzz_discovery_CPPFLAGS = $(FUZZ_CPPFLAGS) \
	-I$(srcdir)/tools/fetchd
tests_fuzz_fuzz_discovery_CFLAGS = $(FUZZ_CFLAGS) $(CURL_CFLAGS)
tests_fuzz_fuzz_discovery_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_discovery_LDADD = $(FUZZ_LIBS) $(CURL_LIBS)

tests_fuzz_fuzz_entry_SOURCES = tests/fuzz/fuzz_entry.c \
	tests/fuzz/oracle.c tests/fuzz/oracle.h
tests_fuzz_fuzz_entry_CPPFLAGS = $(FUZZ_CPPFLAGS)
tests_fuzz_fuzz_entry_CFLAGS = $(FUZZ_CFLAGS)
tests_fuzz_fuzz_entry_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_entry_LDADD = $(FUZZ_LIBS)

tests_fuzz_fuzz_frame_SOURCES = tests/fuzz/fuzz_frame.c
tests_fuzz_fuzz_frame_CPPFLAGS = $(FUZZ_CPPFLAGS)
tests_fuzz_fuzz_frame_CFLAGS = $(FUZZ_CFLAGS)
tests_fuzz_fuzz_frame_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_frame_LDADD = $(FUZZ_LIBS)

tests_fuzz_fuzz_json_SOURCES = tests/fuzz/fuzz_json.c \
	tests/fuzz/oracle.c tests/fuzz/oracle.h
tests_fuzz_fuzz_json_CPPFLAGS = $(FUZZ_CPPFLAGS)
tests_fuzz_fuzz_json_CFLAGS = $(FUZZ_CFLAGS)
tests_fuzz_fuzz_json_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_json_LDADD = $(FUZZ_LIBS)

tests_fuzz_fuzz_judge_SOURCES = tests/fuzz/fuzz_judge.c \
	tests/fuzz/oracle.c tests/fuzz/oracle.h \
	tests/fuzz/signing.c tests/fuzz/signing.h tests/fuzz/signing_keys.h tests/fuzz/mutator.c
tests_fuzz_fuzz_judge_CPPFLAGS = $(FUZZ_CPPFLAGS)
tests_fuzz_fuzz_judge_CFLAGS = $(FUZZ_CFLAGS)
tests_fuzz_fuzz_judge_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_judge_LDADD = $(FUZZ_LIBS)

tests_fuzz_fuzz_jwk_SOURCES = tests/fuzz/fuzz_jwk.c \
	tests/fuzz/oracle.c tests/fuzz/oracle.h
tests_fuzz_fuzz_jwk_CPPFLAGS = $(FUZZ_CPPFLAGS)
tests_fuzz_fuzz_jwk_CFLAGS = $(FUZZ_CFLAGS)
tests_fuzz_fuzz_jwk_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_jwk_LDADD = $(FUZZ_LIBS)

tests_fuzz_fuzz_jwks_SOURCES = tests/fuzz/fuzz_jwks.c \
	tests/fuzz/oracle.c tests/fuzz/oracle.h
tests_fuzz_fuzz_jwks_CPPFLAGS = $(FUZZ_CPPFLAGS)
tests_fuzz_fuzz_jwks_CFLAGS = $(FUZZ_CFLAGS)
tests_fuzz_fuzz_jwks_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_jwks_LDADD = $(FUZZ_LIBS)

tests_fuzz_fuzz_jws_SOURCES = tests/fuzz/fuzz_jws.c \
	tests/fuzz/oracle.c tests/fuzz/oracle.h
tests_fuzz_fuzz_jws_CPPFLAGS = $(FUZZ_CPPFLAGS)
tests_fuzz_fuzz_jws_CFLAGS = $(FUZZ_CFLAGS)
tests_fuzz_fuzz_jws_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_jws_LDADD = $(FUZZ_LIBS)

tests_fuzz_fuzz_mint_SOURCES = tests/fuzz/fuzz_mint.c \
	tests/fuzz/oracle.c tests/fuzz/oracle.h \
	tests/fuzz/signing.c tests/fuzz/signing.h tests/fuzz/signing_keys.h
tests_fuzz_fuzz_mint_CPPFLAGS = $(FUZZ_CPPFLAGS)
tests_fuzz_fuzz_mint_CFLAGS = $(FUZZ_CFLAGS)
tests_fuzz_fuzz_mint_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_mint_LDADD = $(FUZZ_LIBS)

tests_fuzz_fuzz_names_SOURCES = tests/fuzz/fuzz_names.c \
	tests/fuzz/oracle.c tests/fuzz/oracle.h
tests_fuzz_fuzz_names_CPPFLAGS = $(FUZZ_CPPFLAGS)
tests_fuzz_fuzz_names_CFLAGS = $(FUZZ_CFLAGS)
tests_fuzz_fuzz_names_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_names_LDADD = $(FUZZ_LIBS)

tests_fuzz_fuzz_order_SOURCES = tests/fuzz/fuzz_order.c
tests_fuzz_fuzz_order_CPPFLAGS = $(FUZZ_CPPFLAGS) -I$(srcdir)/tools/ctl \
	-I$(srcdir)/tools/revoker
tests_fuzz_fuzz_order_CFLAGS = $(FUZZ_CFLAGS)
tests_fuzz_fuzz_order_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_order_LDADD = tools/revoker/librevoker.la \
	tools/ctl/librevoke.la tools/common/libcommon.la $(FUZZ_LIBS)

tests_fuzz_fuzz_public_SOURCES = tests/fuzz/fuzz_public.c \
	tests/fuzz/oracle.c tests/fuzz/oracle.h \
	tests/fuzz/signing.c tests/fuzz/signing.h tests/fuzz/signing_keys.h tests/fuzz/mutator.c
tests_fuzz_fuzz_public_CPPFLAGS = $(FUZZ_CPPFLAGS)
tests_fuzz_fuzz_public_CFLAGS = $(FUZZ_CFLAGS)
tests_fuzz_fuzz_public_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_public_LDADD = $(FUZZ_LIBS)

# The server is in the target: nothing is sent.
tests_fuzz_fuzz_redis_SOURCES = tests/fuzz/fuzz_redis.c
tests_fuzz_fuzz_redis_CPPFLAGS = $(FUZZ_CPPFLAGS)
tests_fuzz_fuzz_redis_CFLAGS = $(FUZZ_CFLAGS)
tests_fuzz_fuzz_redis_LDFLAGS = $(FUZZ_LINK) \
	-Wl,--wrap=redis_connect,--wrap=redis_send \
	-Wl,--wrap=redis_receive,--wrap=redis_is_quiet
tests_fuzz_fuzz_redis_LDADD = $(FUZZ_LIBS)

tests_fuzz_fuzz_scgi_SOURCES = tests/fuzz/fuzz_scgi.c
tests_fuzz_fuzz_scgi_CPPFLAGS = $(FUZZ_CPPFLAGS) -I$(srcdir)/tools/logout
tests_fuzz_fuzz_scgi_CFLAGS = $(FUZZ_CFLAGS)
tests_fuzz_fuzz_scgi_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_scgi_LDADD = tools/logout/liblogout.la $(FUZZ_LIBS)

tests_fuzz_fuzz_token_SOURCES = tests/fuzz/fuzz_token.c \
	tests/fuzz/oracle.c tests/fuzz/oracle.h \
	tests/fuzz/signing.c tests/fuzz/signing.h tests/fuzz/signing_keys.h tests/fuzz/mutator.c
tests_fuzz_fuzz_token_CPPFLAGS = $(FUZZ_CPPFLAGS)
tests_fuzz_fuzz_token_CFLAGS = $(FUZZ_CFLAGS)
tests_fuzz_fuzz_token_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_token_LDADD = $(FUZZ_LIBS)

EXTRA_DIST += tests/fuzz/corpus tests/fuzz/dict

# A long run: make fuzz [FUZZ_SECONDS=600] [FUZZ_TARGET="jwk json"]
FUZZ_SECONDS = 600
FUZZ_TARGET = $(FUZZ_TARGETS)
if FUZZING
fuzz-targets: $(FUZZ_TARGETS)
fuzz: fuzz-targets
	$(srcdir)/tests/fuzz/run.sh run $(FUZZ_SECONDS) $(FUZZ_TARGET)
fuzz-merge: fuzz-targets
	$(srcdir)/tests/fuzz/run.sh merge $(FUZZ_TARGET)
else
fuzz fuzz-merge:
	$(MKDIR_P) fuzz-build
	cd fuzz-build && { test -e Makefile || $(abs_srcdir)/configure \
		--enable-fuzzing CC=clang CFLAGS='-O1 -g'; }
	$(MAKE) -C fuzz-build $@
endif

# What of jose/ and token/ the unit suites and the corpus reach.
coverage:
	$(MKDIR_P) coverage-build
	cd coverage-build && { test -e Makefile || $(abs_srcdir)/configure \
		CC=clang CFLAGS='-O1 -g $(PROFILE)' \
		LDFLAGS=-fprofile-instr-generate; }
	$(MAKE) -C coverage-build coverage-run
coverage-run: $(UNIT_TESTS) $(FUZZ_TARGETS)
	$(srcdir)/tests/fuzz/coverage.py $(srcdir) $(UNIT_TESTS) $(FUZZ_TARGETS)
PROFILE = -fprofile-instr-generate -fcoverage-mapping
EXTRA_DIST += tests/fuzz/run.sh tests/fuzz/coverage.py tests/fuzz/uncovered \
	tests/fuzz/README.md
.PHONY: fuzz fuzz-merge fuzz-targets coverage coverage-run
