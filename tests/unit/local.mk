# One program a suite; each links the static core.
UNIT_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)/tests/unit
UNIT_CFLAGS = $(CORE_CFLAGS) $(CUNIT_CFLAGS)
UNIT_LIBS = libjwtcore/libjwtcore-all.la $(CUNIT_LIBS)

check_PROGRAMS += $(UNIT_TESTS)
TESTS += $(UNIT_TESTS)
UNIT_TESTS =

TESTS += tests/unit/test_login.sh
EXTRA_DIST += tests/unit/test_login.sh

TESTS += tests/unit/test_logout_site.sh
EXTRA_DIST += tests/unit/test_logout_site.sh

TESTS += tests/unit/test_examples.sh
EXTRA_DIST += tests/unit/test_examples.sh \
	examples/fastapi/revoke_hook.py \
	examples/fastapi/shared_redis.py

UNIT_TESTS += tests/unit/test_base
tests_unit_test_base_SOURCES = tests/unit/suite.c tests/unit/suite.h \
	tests/unit/test_base.c
tests_unit_test_base_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_base_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_base_LDADD = $(UNIT_LIBS)

UNIT_TESTS += tests/unit/test_ssh
tests_unit_test_ssh_SOURCES = tests/unit/suite.c tests/unit/suite.h \
	tests/unit/cert_maker.c \
	tests/unit/cert_maker.h \
	tests/unit/ssh_vectors.h \
	tests/unit/test_ssh.c
tests_unit_test_ssh_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_ssh_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_ssh_LDADD = $(UNIT_LIBS)
EXTRA_DIST += tests/unit/make-ssh-vectors

UNIT_TESTS += tests/unit/test_cert
tests_unit_test_cert_SOURCES = tests/unit/suite.c tests/unit/suite.h \
	tests/unit/cert_maker.c \
	tests/unit/cert_maker.h \
	tests/unit/test_cert.c
tests_unit_test_cert_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_cert_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_cert_LDADD = $(UNIT_LIBS)

UNIT_TESTS += tests/unit/test_report
tests_unit_test_report_SOURCES = tests/unit/suite.c tests/unit/suite.h \
	tests/unit/jose_vectors.h tests/unit/report_case.h \
	tests/unit/test_report.c
tests_unit_test_report_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_report_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_report_LDADD = $(UNIT_LIBS)

UNIT_TESTS += tests/unit/test_report_claims
tests_unit_test_report_claims_SOURCES = tests/unit/suite.c tests/unit/suite.h \
	tests/unit/report_case.h tests/unit/test_report_claims.c
tests_unit_test_report_claims_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_report_claims_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_report_claims_LDADD = $(UNIT_LIBS)

UNIT_TESTS += tests/unit/test_rules
tests_unit_test_rules_SOURCES = tests/unit/suite.c tests/unit/suite.h \
	tests/unit/test_rules.c
tests_unit_test_rules_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_rules_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_rules_LDADD = $(UNIT_LIBS)

UNIT_TESTS += tests/unit/test_rule_table
tests_unit_test_rule_table_SOURCES = tests/unit/suite.c tests/unit/suite.h \
	tests/unit/rule_case.c tests/unit/rule_case.h \
	tests/unit/rule_rows_claims.h tests/unit/rule_rows_jws.h \
	tests/unit/test_rule_table.c
tests_unit_test_rule_table_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_rule_table_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_rule_table_LDADD = $(UNIT_LIBS)

UNIT_TESTS += tests/unit/test_claims
tests_unit_test_claims_SOURCES = tests/unit/suite.c tests/unit/suite.h \
	tests/unit/test_claims.c
tests_unit_test_claims_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_claims_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_claims_LDADD = $(UNIT_LIBS)

UNIT_TESTS += tests/unit/test_logout_token
tests_unit_test_logout_token_SOURCES = tests/unit/suite.c tests/unit/suite.h \
	tests/unit/test_logout_token.c
tests_unit_test_logout_token_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_logout_token_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_logout_token_LDADD = $(UNIT_LIBS)

UNIT_TESTS += tests/unit/test_policy
tests_unit_test_policy_SOURCES = tests/unit/suite.c tests/unit/suite.h \
	tests/unit/test_policy.c
tests_unit_test_policy_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_policy_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_policy_LDADD = $(UNIT_LIBS)

UNIT_TESTS += tests/unit/test_carrier
tests_unit_test_carrier_SOURCES = tests/unit/suite.c tests/unit/suite.h \
	tests/unit/cert_maker.c \
	tests/unit/cert_maker.h \
	tests/unit/ssh_vectors.h \
	tests/unit/test_carrier.c
tests_unit_test_carrier_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_carrier_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_carrier_LDADD = $(UNIT_LIBS)

UNIT_TESTS += tests/unit/test_enable
tests_unit_test_enable_SOURCES = tests/unit/suite.c tests/unit/suite.h \
	tests/unit/test_enable.c
tests_unit_test_enable_CPPFLAGS = $(UNIT_CPPFLAGS) -I$(srcdir)/tools/ctl
tests_unit_test_enable_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_enable_LDADD = tools/ctl/libenable.la $(UNIT_LIBS)

UNIT_TESTS += tests/unit/test_enable_files
tests_unit_test_enable_files_SOURCES = tests/unit/suite.c tests/unit/suite.h \
	tests/unit/test_enable_files.c
tests_unit_test_enable_files_CPPFLAGS = $(UNIT_CPPFLAGS) -I$(srcdir)/tools/ctl
tests_unit_test_enable_files_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_enable_files_LDADD = tools/ctl/libenable.la $(UNIT_LIBS)

UNIT_TESTS += tests/unit/test_fetch_rules
tests_unit_test_fetch_rules_SOURCES = tests/unit/suite.c tests/unit/suite.h \
	tests/unit/test_fetch_rules.c \
	tools/fetchd/discovery.c tools/fetchd/freshness.c
tests_unit_test_fetch_rules_CPPFLAGS = $(AM_CPPFLAGS) \
	-I$(srcdir)/tests/unit -I$(srcdir)/tools/fetchd
tests_unit_test_fetch_rules_CFLAGS = $(CORE_CFLAGS) $(CUNIT_CFLAGS) \
	$(CURL_CFLAGS)
tests_unit_test_fetch_rules_LDADD = libjwtcore/libjwtcore-all.la \
	$(CUNIT_LIBS) $(CURL_LIBS)

UNIT_TESTS += tests/unit/test_fetch_schedule
tests_unit_test_fetch_schedule_SOURCES = \
	tests/unit/suite.c tests/unit/suite.h \
	tests/unit/test_fetch_schedule.c \
	tools/fetchd/missed.c tools/fetchd/schedule.c
tests_unit_test_fetch_schedule_CPPFLAGS = $(AM_CPPFLAGS) \
	-I$(srcdir)/tests/unit -I$(srcdir)/tools/fetchd
tests_unit_test_fetch_schedule_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_fetch_schedule_LDADD = $(UNIT_LIBS)

UNIT_TESTS += tests/unit/test_frame
tests_unit_test_frame_SOURCES = tests/unit/suite.c tests/unit/suite.h \
	tests/unit/test_frame.c
tests_unit_test_frame_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_frame_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_frame_LDADD = $(UNIT_LIBS)

UNIT_TESTS += tests/unit/test_stream
tests_unit_test_stream_SOURCES = tests/unit/suite.c tests/unit/suite.h \
	tests/unit/test_stream.c tools/check/client.c tools/check/stream.c
tests_unit_test_stream_CPPFLAGS = $(UNIT_CPPFLAGS) \
	-I$(srcdir)/tools/common -I$(srcdir)/tools/check
tests_unit_test_stream_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_stream_LDADD = $(UNIT_LIBS)

UNIT_TESTS += tests/unit/test_jose
tests_unit_test_jose_SOURCES = tests/unit/suite.c tests/unit/suite.h \
	tests/unit/jose_vectors.h \
	tests/unit/signer_key.c tests/unit/signer_key.h \
	tests/unit/test_jose.c
tests_unit_test_jose_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_jose_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_jose_LDADD = $(UNIT_LIBS)

UNIT_TESTS += tests/unit/test_json
tests_unit_test_json_SOURCES = tests/unit/suite.c tests/unit/suite.h \
	tests/unit/test_json.c
tests_unit_test_json_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_json_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_json_LDADD = $(UNIT_LIBS)

UNIT_TESTS += tests/unit/test_json_line
tests_unit_test_json_line_SOURCES = tests/unit/suite.c tests/unit/suite.h \
	tests/unit/test_json_line.c
tests_unit_test_json_line_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_json_line_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_json_line_LDADD = $(UNIT_LIBS)

UNIT_TESTS += tests/unit/test_jwk
tests_unit_test_jwk_SOURCES = tests/unit/suite.c tests/unit/suite.h \
	tests/unit/jose_vectors.h tests/unit/test_jwk.c
tests_unit_test_jwk_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_jwk_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_jwk_LDADD = $(UNIT_LIBS)

UNIT_TESTS += tests/unit/test_jwk_pem
tests_unit_test_jwk_pem_SOURCES = tests/unit/suite.c tests/unit/suite.h \
	tests/unit/jose_vectors.h tests/unit/test_jwk_pem.c
tests_unit_test_jwk_pem_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_jwk_pem_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_jwk_pem_LDADD = $(UNIT_LIBS)

UNIT_TESTS += tests/unit/test_jwk_ed
tests_unit_test_jwk_ed_SOURCES = tests/unit/suite.c tests/unit/suite.h \
	tests/unit/jose_vectors.h tests/unit/test_jwk_ed.c
tests_unit_test_jwk_ed_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_jwk_ed_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_jwk_ed_LDADD = $(UNIT_LIBS)

UNIT_TESTS += tests/unit/test_jwk_use
tests_unit_test_jwk_use_SOURCES = tests/unit/suite.c tests/unit/suite.h \
	tests/unit/jose_vectors.h tests/unit/test_jwk_use.c
tests_unit_test_jwk_use_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_jwk_use_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_jwk_use_LDADD = $(UNIT_LIBS)

UNIT_TESTS += tests/unit/test_jwk_tools
tests_unit_test_jwk_tools_SOURCES = tests/unit/suite.c tests/unit/suite.h \
	tests/unit/jose_vectors.h \
	tests/unit/signer_key.c tests/unit/signer_key.h \
	tests/unit/test_jwk_tools.c
tests_unit_test_jwk_tools_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_jwk_tools_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_jwk_tools_LDADD = $(UNIT_LIBS)

UNIT_TESTS += tests/unit/test_jwks
tests_unit_test_jwks_SOURCES = tests/unit/suite.c tests/unit/suite.h \
	tests/unit/jose_vectors.h tests/unit/test_jwks.c
tests_unit_test_jwks_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_jwks_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_jwks_LDADD = $(UNIT_LIBS)

UNIT_TESTS += tests/unit/test_jws
tests_unit_test_jws_SOURCES = tests/unit/suite.c tests/unit/suite.h \
	tests/unit/jose_vectors.h tests/unit/test_jws.c
tests_unit_test_jws_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_jws_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_jws_LDADD = $(UNIT_LIBS)

UNIT_TESTS += tests/unit/test_keys
tests_unit_test_keys_SOURCES = tests/unit/suite.c tests/unit/suite.h \
	tests/unit/keys_fixture.c tests/unit/keys_fixture.h \
	tests/unit/test_keys.c
tests_unit_test_keys_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_keys_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_keys_LDADD = $(UNIT_LIBS)

UNIT_TESTS += tests/unit/test_keys_kept
tests_unit_test_keys_kept_SOURCES = tests/unit/suite.c tests/unit/suite.h \
	tests/unit/keys_fixture.c tests/unit/keys_fixture.h \
	tests/unit/test_keys_kept.c
tests_unit_test_keys_kept_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_keys_kept_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_keys_kept_LDADD = $(UNIT_LIBS)

UNIT_TESTS += tests/unit/test_keys_refresh
tests_unit_test_keys_refresh_SOURCES = tests/unit/suite.c tests/unit/suite.h \
	tests/unit/keys_fixture.c tests/unit/keys_fixture.h \
	tests/unit/test_keys_refresh.c
tests_unit_test_keys_refresh_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_keys_refresh_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_keys_refresh_LDADD = $(UNIT_LIBS)

UNIT_TESTS += tests/unit/test_memory
tests_unit_test_memory_SOURCES = tests/unit/suite.c tests/unit/suite.h \
	tests/unit/fault_scenarios.c tests/unit/fault_scenarios.h \
	tests/unit/jose_vectors.h tests/fuzz/faults.c \
	tests/fuzz/fuzz.h tests/unit/signer_key.c \
	tests/unit/signer_key.h tests/unit/ssh_vectors.h \
	tests/unit/test_memory.c
tests_unit_test_memory_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_memory_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_memory_LDFLAGS = $(FAULTS)
tests_unit_test_memory_LDADD = $(UNIT_LIBS)

UNIT_TESTS += tests/unit/test_verify
tests_unit_test_verify_SOURCES = tests/unit/suite.c tests/unit/suite.h \
	tests/unit/verify_case.c tests/unit/verify_case.h \
	tests/unit/test_verify.c
tests_unit_test_verify_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_verify_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_verify_LDADD = $(UNIT_LIBS)

UNIT_TESTS += tests/unit/test_verify_purposes
tests_unit_test_verify_purposes_SOURCES = tests/unit/suite.c tests/unit/suite.h \
	tests/unit/verify_case.c tests/unit/verify_case.h \
	tests/unit/test_verify_purposes.c
tests_unit_test_verify_purposes_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_verify_purposes_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_verify_purposes_LDADD = $(UNIT_LIBS)

UNIT_TESTS += tests/unit/test_public
tests_unit_test_public_SOURCES = tests/unit/suite.c tests/unit/suite.h \
	tests/unit/public_case.c tests/unit/public_case.h \
	tests/unit/signer_key.c tests/unit/signer_key.h \
	tests/unit/test_public.c
tests_unit_test_public_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_public_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_public_LDADD = $(UNIT_LIBS)

UNIT_TESTS += tests/unit/test_public_misuse
tests_unit_test_public_misuse_SOURCES = tests/unit/suite.c tests/unit/suite.h \
	tests/unit/public_case.c tests/unit/public_case.h \
	tests/unit/signer_key.c tests/unit/signer_key.h \
	tests/unit/test_public_misuse.c
tests_unit_test_public_misuse_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_public_misuse_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_public_misuse_LDADD = $(UNIT_LIBS)

UNIT_TESTS += tests/unit/test_public_rules
tests_unit_test_public_rules_SOURCES = tests/unit/suite.c tests/unit/suite.h \
	tests/unit/public_case.c tests/unit/public_case.h \
	tests/unit/signer_key.c tests/unit/signer_key.h \
	tests/unit/test_public_rules.c
tests_unit_test_public_rules_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_public_rules_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_public_rules_LDADD = $(UNIT_LIBS)

UNIT_TESTS += tests/unit/test_public_bound
tests_unit_test_public_bound_SOURCES = tests/unit/suite.c tests/unit/suite.h \
	tests/unit/public_case.c tests/unit/public_case.h \
	tests/unit/signer_key.c tests/unit/signer_key.h \
	tests/unit/test_public_bound.c
tests_unit_test_public_bound_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_public_bound_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_public_bound_LDADD = $(UNIT_LIBS)

UNIT_TESTS += tests/unit/test_public_keys
tests_unit_test_public_keys_SOURCES = tests/unit/suite.c tests/unit/suite.h \
	tests/unit/public_case.c tests/unit/public_case.h \
	tests/unit/signer_key.c tests/unit/signer_key.h \
	tests/unit/test_public_keys.c
tests_unit_test_public_keys_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_public_keys_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_public_keys_LDADD = $(UNIT_LIBS)

TESTS += tests/unit/test_public.sh
EXTRA_DIST += tests/unit/test_public.sh

UNIT_TESTS += tests/unit/test_threads
tests_unit_test_threads_SOURCES = tests/unit/suite.c tests/unit/suite.h \
	tests/unit/public_case.c tests/unit/public_case.h \
	tests/unit/signer_key.c tests/unit/signer_key.h \
	tests/unit/test_threads.c
tests_unit_test_threads_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_threads_CFLAGS = $(UNIT_CFLAGS) -pthread
tests_unit_test_threads_LDADD = $(UNIT_LIBS)

UNIT_TESTS += tests/unit/test_config
tests_unit_test_config_SOURCES = tests/unit/suite.c tests/unit/suite.h \
	tests/unit/config_case.c tests/unit/config_case.h \
	tests/unit/test_config.c
tests_unit_test_config_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_config_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_config_LDADD = $(UNIT_LIBS)

UNIT_TESTS += tests/unit/test_config_files
tests_unit_test_config_files_SOURCES = tests/unit/suite.c tests/unit/suite.h \
	tests/unit/config_case.c tests/unit/config_case.h \
	tests/unit/test_config_files.c
tests_unit_test_config_files_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_config_files_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_config_files_LDADD = $(UNIT_LIBS)

UNIT_TESTS += tests/unit/test_config_redis
tests_unit_test_config_redis_SOURCES = tests/unit/suite.c tests/unit/suite.h \
	tests/unit/config_case.c tests/unit/config_case.h \
	tests/unit/test_config_redis.c
tests_unit_test_config_redis_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_config_redis_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_config_redis_LDADD = $(UNIT_LIBS)

UNIT_TESTS += tests/unit/test_revocation
tests_unit_test_revocation_SOURCES = tests/unit/suite.c tests/unit/suite.h \
	tests/unit/revocation_fixture.c \
	tests/unit/revocation_fixture.h \
	tests/unit/test_revocation.c
tests_unit_test_revocation_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_revocation_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_revocation_LDADD = $(UNIT_LIBS)

UNIT_TESTS += tests/unit/test_revocation_write
tests_unit_test_revocation_write_SOURCES = tests/unit/suite.c tests/unit/suite.h \
	tests/unit/revocation_fixture.c \
	tests/unit/revocation_fixture.h \
	tests/unit/test_revocation_write.c
tests_unit_test_revocation_write_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_revocation_write_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_revocation_write_LDADD = $(UNIT_LIBS)

UNIT_TESTS += tests/unit/test_revocation_list
tests_unit_test_revocation_list_SOURCES = tests/unit/suite.c tests/unit/suite.h \
	tests/unit/revocation_fixture.c \
	tests/unit/revocation_fixture.h \
	tests/unit/test_revocation_list.c
tests_unit_test_revocation_list_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_revocation_list_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_revocation_list_LDADD = $(UNIT_LIBS)

UNIT_TESTS += tests/unit/test_revocation_journal
tests_unit_test_revocation_journal_SOURCES = tests/unit/suite.c \
	tests/unit/suite.h \
	tests/unit/revocation_fixture.c \
	tests/unit/revocation_fixture.h \
	tests/unit/test_revocation_journal.c
tests_unit_test_revocation_journal_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_revocation_journal_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_revocation_journal_LDADD = $(UNIT_LIBS)

UNIT_TESTS += tests/unit/test_revocation_restore
tests_unit_test_revocation_restore_SOURCES = tests/unit/suite.c \
	tests/unit/suite.h \
	tests/unit/revocation_fixture.c \
	tests/unit/revocation_fixture.h \
	tests/unit/test_revocation_restore.c
tests_unit_test_revocation_restore_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_revocation_restore_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_revocation_restore_LDADD = $(UNIT_LIBS)

UNIT_TESTS += tests/unit/test_revocation_redis
tests_unit_test_revocation_redis_SOURCES = tests/unit/suite.c tests/unit/suite.h \
	tests/unit/canned_redis.c \
	tests/unit/canned_redis.h \
	tests/unit/revocation_fixture.c \
	tests/unit/revocation_fixture.h \
	tests/unit/test_revocation_redis.c
tests_unit_test_revocation_redis_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_revocation_redis_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_revocation_redis_LDADD = $(UNIT_LIBS)
tests_unit_test_revocation_redis_LDFLAGS = \
	-Wl,--wrap=freeReplyObject,--wrap=redisReaderFree

UNIT_TESTS += tests/unit/test_revocation_copy
tests_unit_test_revocation_copy_SOURCES = tests/unit/suite.c tests/unit/suite.h \
	tests/unit/canned_redis.c \
	tests/unit/canned_redis.h \
	tests/unit/revocation_fixture.c \
	tests/unit/revocation_fixture.h \
	tests/unit/test_revocation_copy.c
tests_unit_test_revocation_copy_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_revocation_copy_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_revocation_copy_LDADD = $(UNIT_LIBS)

UNIT_TESTS += tests/unit/test_follow_parts
tests_unit_test_follow_parts_SOURCES = tests/unit/suite.c tests/unit/suite.h \
	tests/unit/revocation_fixture.c \
	tests/unit/revocation_fixture.h \
	tests/unit/test_follow_parts.c
tests_unit_test_follow_parts_CPPFLAGS = $(UNIT_CPPFLAGS) \
	-I$(srcdir)/tools/common -I$(srcdir)/tools/followd
tests_unit_test_follow_parts_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_follow_parts_LDADD = tools/followd/libfollow.la $(UNIT_LIBS)

UNIT_TESTS += tests/unit/test_revocation_epoch
tests_unit_test_revocation_epoch_SOURCES = tests/unit/suite.c tests/unit/suite.h \
	tests/unit/revocation_fixture.c \
	tests/unit/revocation_fixture.h \
	tests/unit/test_revocation_epoch.c
tests_unit_test_revocation_epoch_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_revocation_epoch_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_revocation_epoch_LDADD = $(UNIT_LIBS)

UNIT_TESTS += tests/unit/test_revocation_mark
tests_unit_test_revocation_mark_SOURCES = tests/unit/suite.c tests/unit/suite.h \
	tests/unit/revocation_fixture.c \
	tests/unit/revocation_fixture.h \
	tests/unit/test_revocation_mark.c
tests_unit_test_revocation_mark_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_revocation_mark_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_revocation_mark_LDADD = $(UNIT_LIBS)

UNIT_TESTS += tests/unit/test_revocation_wire
tests_unit_test_revocation_wire_SOURCES = tests/unit/suite.c tests/unit/suite.h \
	tests/unit/canned_redis.c \
	tests/unit/canned_redis.h \
	tests/unit/revocation_fixture.c \
	tests/unit/revocation_fixture.h \
	tests/unit/test_revocation_wire.c
tests_unit_test_revocation_wire_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_revocation_wire_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_revocation_wire_LDADD = $(UNIT_LIBS)

UNIT_TESTS += tests/unit/test_revocation_used
tests_unit_test_revocation_used_SOURCES = tests/unit/suite.c tests/unit/suite.h \
	tests/unit/canned_redis.c \
	tests/unit/canned_redis.h \
	tests/unit/revocation_fixture.c \
	tests/unit/revocation_fixture.h \
	tests/unit/script_redis.c tests/unit/script_redis.h \
	tests/unit/test_revocation_used.c
tests_unit_test_revocation_used_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_revocation_used_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_revocation_used_LDADD = $(UNIT_LIBS)

UNIT_TESTS += tests/unit/test_revocation_cluster
tests_unit_test_revocation_cluster_SOURCES = tests/unit/suite.c tests/unit/suite.h \
	tests/unit/canned_redis.c \
	tests/unit/canned_redis.h \
	tests/unit/revocation_fixture.c \
	tests/unit/revocation_fixture.h \
	tests/unit/script_redis.c tests/unit/script_redis.h \
	tests/unit/test_revocation_cluster.c
tests_unit_test_revocation_cluster_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_revocation_cluster_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_revocation_cluster_LDADD = $(UNIT_LIBS)

UNIT_TESTS += tests/unit/test_revocation_find
tests_unit_test_revocation_find_SOURCES = tests/unit/suite.c tests/unit/suite.h \
	tests/unit/canned_redis.c \
	tests/unit/canned_redis.h \
	tests/unit/revocation_fixture.c \
	tests/unit/revocation_fixture.h \
	tests/unit/script_redis.c tests/unit/script_redis.h \
	tests/unit/test_revocation_find.c
tests_unit_test_revocation_find_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_revocation_find_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_revocation_find_LDADD = $(UNIT_LIBS)

UNIT_TESTS += tests/unit/test_revocation_kept
tests_unit_test_revocation_kept_SOURCES = tests/unit/suite.c tests/unit/suite.h \
	tests/unit/canned_redis.c \
	tests/unit/canned_redis.h \
	tests/unit/revocation_fixture.c \
	tests/unit/revocation_fixture.h \
	tests/unit/script_redis.c tests/unit/script_redis.h \
	tests/unit/test_revocation_kept.c
tests_unit_test_revocation_kept_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_revocation_kept_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_revocation_kept_LDADD = $(UNIT_LIBS)

UNIT_TESTS += tests/unit/test_revocation_tls
tests_unit_test_revocation_tls_SOURCES = tests/unit/suite.c tests/unit/suite.h \
	tests/unit/canned_redis.c \
	tests/unit/canned_redis.h \
	tests/unit/revocation_fixture.c \
	tests/unit/revocation_fixture.h \
	tests/unit/tls_redis.c tests/unit/tls_redis.h \
	tests/unit/test_revocation_tls.c
tests_unit_test_revocation_tls_CPPFLAGS = $(UNIT_CPPFLAGS) \
	-I$(srcdir)/tools/common
tests_unit_test_revocation_tls_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_revocation_tls_LDADD = tools/common/libcommon.la $(UNIT_LIBS)

UNIT_TESTS += tests/unit/test_redis_names
tests_unit_test_redis_names_SOURCES = tests/unit/suite.c tests/unit/suite.h \
	tests/unit/canned_redis.c \
	tests/unit/canned_redis.h \
	tests/unit/revocation_fixture.c \
	tests/unit/revocation_fixture.h \
	tests/unit/script_redis.c tests/unit/script_redis.h \
	tests/unit/tls_redis.c tests/unit/tls_redis.h \
	tests/unit/test_redis_names.c
tests_unit_test_redis_names_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_redis_names_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_redis_names_LDADD = $(UNIT_LIBS)

UNIT_TESTS += tests/unit/test_revocation_twins
tests_unit_test_revocation_twins_SOURCES = tests/unit/suite.c tests/unit/suite.h \
	tests/unit/test_revocation_twins.c
tests_unit_test_revocation_twins_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_revocation_twins_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_revocation_twins_LDADD = $(UNIT_LIBS)

UNIT_TESTS += tests/unit/test_revoke_order
tests_unit_test_revoke_order_SOURCES = tests/unit/suite.c tests/unit/suite.h \
	tests/unit/test_revoke_order.c
tests_unit_test_revoke_order_CPPFLAGS = $(UNIT_CPPFLAGS) \
	-I$(srcdir)/tools/common -I$(srcdir)/tools/ctl
tests_unit_test_revoke_order_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_revoke_order_LDADD = tools/ctl/librevoke.la \
	tools/common/libcommon.la $(UNIT_LIBS)

UNIT_TESTS += tests/unit/test_revoker
tests_unit_test_revoker_SOURCES = tests/unit/suite.c tests/unit/suite.h \
	tests/unit/revocation_fixture.c \
	tests/unit/revocation_fixture.h \
	tests/unit/test_revoker.c
tests_unit_test_revoker_CPPFLAGS = $(UNIT_CPPFLAGS) \
	-I$(srcdir)/tools/common -I$(srcdir)/tools/ctl -I$(srcdir)/tools/revoker
tests_unit_test_revoker_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_revoker_LDADD = tools/revoker/librevoker.la \
	tools/ctl/librevoke.la tools/common/libcommon.la $(UNIT_LIBS)

UNIT_TESTS += tests/unit/test_logout
tests_unit_test_logout_SOURCES = tests/unit/suite.c tests/unit/suite.h \
	tests/unit/test_logout.c
tests_unit_test_logout_CPPFLAGS = $(UNIT_CPPFLAGS) \
	-I$(srcdir)/tools/common -I$(srcdir)/tools/ctl -I$(srcdir)/tools/logout
tests_unit_test_logout_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_logout_LDADD = tools/logout/liblogout.la \
	tools/ctl/librevoke.la tools/common/libcommon.la $(UNIT_LIBS)

UNIT_TESTS += tests/unit/test_logout_order
tests_unit_test_logout_order_SOURCES = tests/unit/suite.c tests/unit/suite.h \
	tests/unit/test_logout_order.c
tests_unit_test_logout_order_CPPFLAGS = $(UNIT_CPPFLAGS) \
	-I$(srcdir)/tools/common -I$(srcdir)/tools/ctl -I$(srcdir)/tools/logout
tests_unit_test_logout_order_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_logout_order_LDADD = tools/logout/liblogout.la \
	tools/ctl/librevoke.la tools/common/libcommon.la $(UNIT_LIBS)

TESTS += tests/unit/test_ctl.sh
TESTS += tests/unit/test_ctl_explain.sh
TESTS += tests/unit/test_ctl_revoked.sh
EXTRA_DIST += \
	tests/unit/ctl_case.sh \
	tests/unit/test_ctl.sh \
	tests/unit/test_ctl_explain.sh \
	tests/unit/test_ctl_revoked.sh

TESTS += tests/unit/test_keyring.sh \
	tests/unit/test_keyring_hosts.py \
	tests/unit/test_keyring_killed.py \
	tests/unit/test_keyring_rotate.py
EXTRA_DIST += \
	tests/unit/keyring_site.py \
	tests/unit/test_keyring.sh \
	tests/unit/test_keyring_hosts.py \
	tests/unit/test_keyring_killed.py \
	tests/unit/test_keyring_rotate.py

UNIT_TESTS += tests/unit/test_keyring_plan
tests_unit_test_keyring_plan_SOURCES = tests/unit/suite.c tests/unit/suite.h \
	tests/unit/test_keyring_plan.c
tests_unit_test_keyring_plan_CPPFLAGS = $(UNIT_CPPFLAGS) \
	-I$(srcdir)/tools/common -I$(srcdir)/tools/keyring
tests_unit_test_keyring_plan_CFLAGS = $(UNIT_CFLAGS)
tests_unit_test_keyring_plan_LDADD = tools/keyring/libkeyring.la $(UNIT_LIBS)

# Not in TESTS: they need a redis-server, so they run inside a test host.
check_PROGRAMS += tests/unit/redis_store tests/unit/redis_loss \
	tests/unit/redis_care
tests_unit_redis_store_SOURCES = tests/unit/suite.c tests/unit/suite.h \
	tests/unit/real_redis.c tests/unit/real_redis.h \
	tests/unit/revocation_fixture.c \
	tests/unit/revocation_fixture.h \
	tests/unit/redis_store.c
tests_unit_redis_store_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_redis_store_CFLAGS = $(UNIT_CFLAGS)
tests_unit_redis_store_LDADD = $(UNIT_LIBS)
tests_unit_redis_loss_SOURCES = tests/unit/suite.c tests/unit/suite.h \
	tests/unit/real_redis.c tests/unit/real_redis.h \
	tests/unit/revocation_fixture.c \
	tests/unit/revocation_fixture.h \
	tests/unit/redis_loss.c
tests_unit_redis_loss_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_redis_loss_CFLAGS = $(UNIT_CFLAGS)
tests_unit_redis_loss_LDADD = $(UNIT_LIBS)
tests_unit_redis_care_SOURCES = tests/unit/suite.c tests/unit/suite.h \
	tests/unit/real_redis.c tests/unit/real_redis.h \
	tests/unit/revocation_fixture.c \
	tests/unit/revocation_fixture.h \
	tests/unit/redis_care.c
tests_unit_redis_care_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_redis_care_CFLAGS = $(UNIT_CFLAGS)
tests_unit_redis_care_LDADD = $(UNIT_LIBS)

check_PROGRAMS += tests/unit/redis_topology
tests_unit_redis_topology_SOURCES = tests/unit/suite.c tests/unit/suite.h \
	tests/unit/canned_redis.c tests/unit/canned_redis.h \
	tests/unit/redis_nodes.c tests/unit/redis_nodes.h \
	tests/unit/revocation_fixture.c \
	tests/unit/revocation_fixture.h \
	tests/unit/tls_redis.c tests/unit/tls_redis.h \
	tests/unit/redis_topology.c
tests_unit_redis_topology_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_redis_topology_CFLAGS = $(UNIT_CFLAGS)
tests_unit_redis_topology_LDADD = $(UNIT_LIBS)
