/* SPDX-License-Identifier: ISC */
/*
 * publish: what a web server hands out below the issuer's URL. The JWKS is
 * there before the document that names it.
 */
#include "command.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define WELL_KNOWN "/.well-known"
#define DISCOVERY  WELL_KNOWN "/openid-configuration"
#define JWKS	   "/jwks.json"

enum { OPT_DIR, OPT_OUT, OPT_ISSUER };

static const struct keyring_option options[] = {
	[OPT_DIR] = { "dir", "DIR", "the keyring's folder" },
	[OPT_OUT] = { "out", "WEBROOT",
		"the folder that the issuer's URL shows" },
	[OPT_ISSUER] = { "issuer", "URL", "default: as said at init" },
	{ NULL, NULL, NULL },
};

struct settings {
	const char *dir, *out, *issuer;
};

JWT_AUTO_TYPE(json_text, char *, free);

static enum keyring_exit
parse(struct settings *s, int argc, char **argv)
{
	int option;

	while ((option = command_next_option(&command_publish, argc, argv)) >=
		0)
		switch (option) {
		case OPT_DIR:
			s->dir = optarg;
			break;
		case OPT_OUT:
			s->out = optarg;
			break;
		case OPT_ISSUER:
			s->issuer = optarg;
			break;
		}
	if (option == OPTION_BAD)
		return KEYRING_USAGE;
	if (s->dir == NULL || s->out == NULL || optind < argc)
		return command_usage(&command_publish,
			"--dir DIR and --out WEBROOT are needed, and nothing "
			"but options");
	if (s->issuer != NULL && !issuer_is_valid(s->issuer))
		return command_usage(&command_publish,
			"--issuer: an https URL without ? and #");
	return KEYRING_DONE;
}

static enum jwt_reason
write_json(const struct settings *s, const char *name, const json_t *value,
	struct report *r)
{
	JWT_AUTO(json_text) text = NULL;
	char path[PATH_MAX];

	if (value != NULL)
		text = json_dumps(value, JSON_INDENT(2));
	if (text == NULL)
		return report(r, JWT_INTERNAL_ERROR, "out of memory");
	if (snprintf(path, sizeof(path), "%s%s", s->out, name) >=
		(int)sizeof(path))
		return report(
			r, JWT_CONFIG_ERROR, "%s: a path too long", s->out);
	if (!file_write(path, slice_of_string(text),
		    S_IRUSR | S_IWUSR | S_IRGRP | S_IROTH, (uid_t)-1, (gid_t)-1,
		    r))
		return JWT_INTERNAL_ERROR;
	return JWT_OK;
}

static enum jwt_reason
make_folder(const struct settings *s, const char *below, struct report *r)
{
	char path[PATH_MAX];

	if (snprintf(path, sizeof(path), "%s%s", s->out, below) >=
		(int)sizeof(path))
		return report(
			r, JWT_CONFIG_ERROR, "%s: a path too long", s->out);
	if (mkdir(path, S_IRWXU) == 0) {
		/* Our umask is strict; a web server must get in. */
		if (chmod(path, 0755) == 0)
			return JWT_OK;
	} else if (errno == EEXIST) {
		return JWT_OK;
	}
	return report(r, JWT_INTERNAL_ERROR, "%s: %s", path, strerror(errno));
}

static json_t *
jwks_document(const struct keyring *keyring)
{
	JWT_AUTO(json) keys = json_array();

	for (size_t i = 0; i < keyring->count; i++)
		if (json_array_append(keys, keyring->keys[i].public) != 0)
			return NULL;
	return json_pack("{s:O}", "keys", keys);
}

/* Each algorithm of the published keys once. */
static json_t *
algs_of(const struct keyring *keyring)
{
	JWT_AUTO(json) names = json_array();
	jws_alg_set seen = 0;

	for (size_t i = 0; i < keyring->count; i++) {
		enum jws_alg alg = keyring->keys[i].alg;

		if ((seen & JWS_ALG_BIT(alg)) != 0)
			continue;
		seen |= JWS_ALG_BIT(alg);
		if (json_array_append_new(
			    names, json_string(jws_alg_info(alg)->name)) != 0)
			return NULL;
	}
	return JWT_TAKE(names);
}

/*
 * OpenID Connect Discovery section 3. There are no endpoints: tokens are
 * minted here, so no grant and no response type is supported (RFC 8414
 * section 2 then asks for no authorization_endpoint).
 */
static json_t *
discovery_document(const struct keyring *keyring, const char *issuer)
{
	char jwks_uri[KEYRING_ISSUER_MAX + sizeof(JWKS)];
	size_t len = strlen(issuer);

	if (issuer[len - 1] == '/')
		len--;
	snprintf(jwks_uri, sizeof(jwks_uri), "%.*s" JWKS, (int)len, issuer);
	return json_pack("{s:s, s:s, s:[], s:[], s:[s], s:o}", "issuer", issuer,
		"jwks_uri", jwks_uri, "response_types_supported",
		"grant_types_supported", "subject_types_supported", "public",
		"id_token_signing_alg_values_supported", algs_of(keyring));
}

static enum jwt_reason
publish(const struct settings *s, struct report *r)
{
	JWT_AUTO(keyring) keyring = { .fd = -1 };
	JWT_AUTO(json) jwks = NULL, discovery = NULL;
	const char *issuer = s->issuer;

	JWT_TRY(keyring_open(s->dir, KEYRING_READ, &keyring, r));
	if (issuer == NULL)
		issuer = keyring.issuer;
	if (issuer == NULL)
		return report(r, JWT_CONFIG_ERROR,
			"--issuer URL is needed: init was not told");
	JWT_TRY(make_folder(s, "", r));
	jwks = jwks_document(&keyring);
	JWT_TRY(write_json(s, JWKS, jwks, r));
	JWT_TRY(make_folder(s, WELL_KNOWN, r));
	discovery = discovery_document(&keyring, issuer);
	return write_json(s, DISCOVERY, discovery, r);
}

static enum keyring_exit
run(int argc, char **argv)
{
	struct settings s = { 0 };
	struct report r = { 0 };
	enum keyring_exit status = parse(&s, argc, argv);

	if (status != KEYRING_DONE)
		return status;
	if (publish(&s, &r) != JWT_OK)
		return command_failed(&command_publish, &r);
	return KEYRING_DONE;
}

const struct keyring_command command_publish = { "publish", "",
	"Writes the discovery document and the JWKS for a web server", options,
	run };
