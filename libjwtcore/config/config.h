/* SPDX-License-Identifier: ISC */
/*
 * The configuration as immutable data: read once, checked in full, handed
 * to the layers above jose. No layer reads the file itself.
 */
#ifndef JWT_CONFIG_CONFIG_H
#define JWT_CONFIG_CONFIG_H

#include "base/file.h"
#include "jose/alg.h"
#include "token/carrier.h"
#include "token/claims.h"

#define CONFIG_DEFAULT_PATH JWT_CONF_DIR "/jwtauth.conf"
#define CONFIG_FILE_MAX	    (1024 * 1024) /* bytes of one file */
#define CONFIG_ISSUERS_MAX  64
#define CONFIG_LIST_MAX	    256 /* entries of any list */
#define REDIS_ADDRESSES_MAX 16	/* each gets its part of one deadline */
#define CONFIG_ERROR_MAX    1024

struct string_list {
	char **item; /* NUL-terminated strings */
	size_t count;
};

/* One rule from claims to a local account (accounts = ( ... )). */
struct account_rule {
	enum {
		ACCOUNT_CLAIM_NAME,  /* the claim's value, suffix stripped */
		ACCOUNT_CLAIM_VALUE, /* claim holds value: user */
		ACCOUNT_SUBJECT,     /* sub equals value: user */
	} kind;
	char *claim;  /* NULL for ACCOUNT_SUBJECT */
	char *value;  /* NULL for ACCOUNT_CLAIM_NAME */
	char *suffix; /* may be NULL */
	char *user;   /* NULL for ACCOUNT_CLAIM_NAME */
	int line;     /* where the rule stands */
};

struct issuer_config {
	char *name;   /* in logs and file names: [a-z0-9_-], at most 64 */
	char *issuer; /* equals "iss", byte for byte */
	/* Exactly one source of keys; all NULL/empty: OIDC discovery. */
	char *jwks_uri;
	char *jwks_file;
	struct string_list secret_files; /* current first */
	jws_alg_set algorithms;
	struct string_list audience; /* %h replaced by host_name */
	enum token_type token_type;
	bool plain_typ; /* "typ": "JWT" or none passes for access tokens */
	int64_t max_lifetime; /* seconds */
	int64_t leeway;	      /* seconds, at most 300 */
	struct account_rule *account;
	size_t account_count;
	/* "aud" of its logout tokens; empty: they are refused. */
	struct string_list logout_audience;
	/* A logout token that names a session (sid) and a user (sub). */
	enum { LOGOUT_ENDS_USER, LOGOUT_ENDS_SESSION } logout_ends;
	struct {
		char *ca_file;	   /* PEM */
		char *proxy;	   /* "http://HOST:PORT"; NULL: none */
		int64_t max_stale; /* seconds */
		int64_t cooldown;  /* seconds between fetches for a kid */
	} fetch;
};

struct service_config {
	char *name;
	struct string_list also; /* other service names, same rules */
	bool has_rule; /* any rule at all: without one, policy_denied */
	struct string_list scope_any; /* empty: not asked */
	struct string_list acr_any;
	struct string_list users; /* local accounts; empty: all */
	enum token_binding binding;
	int64_t max_auth_age; /* seconds since auth_time (iat without); 0: no */
	bool unix_account;    /* needs a local account with a uid; default */
	bool single_use;
	uint32_t permit; /* enum jwt_permit bits */
};

enum revocation_kind { REVOCATION_EMBEDDED, REVOCATION_REDIS, REVOCATION_NONE };

/* What happens while the store can't be asked. */
enum on_unreachable {
	UNREACHABLE_DENY,
	UNREACHABLE_ALLOW_FRESH, /* tokens younger than fresh_for pass */
	UNREACHABLE_LAST_KNOWN,	 /* this host's copy of the store decides */
};

/* TLS to Redis. Without ca_file there is none. */
struct redis_tls_config {
	char *ca_file;
	char *server_name; /* NULL: the certificate names what address does */
	char *cert_file, *key_file; /* both or neither */
};

struct redis_config {
	/* Either one, "unix:/path", "tcp:HOST:PORT" or "tls:HOST:PORT", */
	char *address;
	/* or several, tried in turn; in a cluster they are its seeds, */
	struct string_list addresses;
	/* or where to ask for the address of the primary. */
	struct {
		char *name; /* NULL: no Sentinel */
		struct string_list addresses;
		char *user, *password_file; /* both may be NULL */
	} sentinel;
	bool cluster;
	struct redis_tls_config tls;
	char *user;		    /* may be NULL */
	char *password_file;	    /* may be NULL */
	char *writer_user;	    /* of jwtauthctl revoke */
	char *writer_password_file; /* both may be NULL */
	char *writer_cert_file, *writer_key_file;
	char *follower_user; /* of jwtauth-followd */
	char *follower_password_file;
	char *follower_cert_file, *follower_key_file;
	char *prefix;	     /* "blacklist:" */
	char *raw_prefix;    /* of raw tokens; NULL: see config_raw_prefix */
	int64_t timeout_ms;  /* the whole exchange */
	bool raw_tokens;     /* ask blacklist:TOKEN too; no default */
	bool allow_eviction; /* writers take a store that evicts keys */
};

struct revocation_config {
	enum revocation_kind store;
	struct redis_config redis;
	enum on_unreachable on_unreachable;
	int64_t fresh_for; /* seconds since iat; with allow_fresh */
	int64_t max_age;   /* seconds since the copy was whole; last_known */
};

struct jwt_config {
	char *host_name;
	uint32_t min_uid;
	struct issuer_config *issuer;
	size_t issuer_count;
	struct service_config *service;
	size_t service_count;
	struct revocation_config revocation;
};

void config_free(struct jwt_config *config);
JWT_AUTO_TYPE(config, struct jwt_config *, config_free);

struct config_error {
	char text[CONFIG_ERROR_MAX]; /* file, line, setting, found, expected */
};

/*
 * Reads path and its conf.d (the folder conf.d beside it). The files must
 * belong to root (or to the caller) and not be writable by group or others.
 */
enum jwt_reason config_load(const char *path, struct jwt_config **out,
	struct config_error *error) JWT_MUST_CHECK;

/* NULL where there is none. Services are found by name or by "also". */
const struct issuer_config *config_issuer(
	const struct jwt_config *config, struct slice iss);
const struct issuer_config *config_issuer_by_name(
	const struct jwt_config *config, const char *name);
const struct service_config *config_service(
	const struct jwt_config *config, const char *service);

/* What HOST may be in an address of Redis, for errors. */
#define CONFIG_REDIS_HOST "with an IP (IPv6 as [IP]) or a host name"
/* Labels of letters, digits and inner hyphens; never what looks like an IP. */
bool config_is_dns_name(const char *value);

/* What raw tokens begin with: a setting of its own, or the prefix. */
const char *config_raw_prefix(const struct redis_config *redis);

#endif
