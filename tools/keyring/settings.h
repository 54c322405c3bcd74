/* SPDX-License-Identifier: ISC */
/*
 * What rotate and its kin are told: keyring.conf (libconfig), and options
 * that win over it.
 */
#ifndef JWT_KEYRING_SETTINGS_H
#define JWT_KEYRING_SETTINGS_H

#include "config/config.h"
#include "keyring.h"

#define SETTINGS_PATH	      JWT_CONF_DIR "/keyring.conf"
#define SETTINGS_COMMANDS_MAX 256
#define SETTINGS_TIMEOUT      30 /* seconds of one command, unless said */

/* A program and its words; %k, %e, %d, %o and %% in them are replaced. */
struct settings_command {
	struct string_list words;
	struct string_list after; /* names of events; empty: all of them */
	int64_t timeout;	  /* seconds */
};

/* Who must have the next key before it signs: a URL or a command. */
struct settings_verifier {
	char *url;     /* of a JWKS; NULL: a command */
	char *ca_file; /* PEM; NULL: the system's */
	struct settings_command command;
};

struct settings_commands {
	struct settings_command item[SETTINGS_COMMANDS_MAX];
	size_t count;
};

struct settings {
	/* All strings are owned; NULL: not said. */
	char *dir, *out, *issuer;
	char *algorithm; /* of the next key; NULL: as the current one */
	char *secrets, *secrets_group;
	char *hook_dir;
	/* Seconds; 0: not said. */
	int64_t rotate_after;
	int64_t token_lifetime;
	int64_t publish_ahead; /* a key is published so long before it signs */
	struct {
		int64_t deadline, first, longest;
	} wait; /* for the verifiers: at most, between tries at first, later */
	struct settings_verifier verifier[SETTINGS_COMMANDS_MAX];
	size_t verifier_count;
	struct settings_commands hooks, revoke, refresh;
};

/* All defaults; never NULL pointers to follow. NULL: out of memory. */
struct settings *settings_new(void);
void settings_free(struct settings *settings);
JWT_AUTO_TYPE(settings, struct settings *, settings_free);

/* Fills in what the file says. The error names file, line and setting. */
enum jwt_reason settings_load(const char *path, struct settings *settings,
	struct config_error *error) JWT_MUST_CHECK;

/* Replaces a string; false: out of memory. */
bool settings_set(char **setting, const char *value) JWT_MUST_CHECK;
/* --verifier and --hook: one more. False: too many, or out of memory. */
bool settings_add_url(struct settings *settings, const char *url,
	const char *ca_file) JWT_MUST_CHECK;
bool settings_add_hook(
	struct settings *settings, const char *program) JWT_MUST_CHECK;

#endif
