/* SPDX-License-Identifier: ISC */
/* status: which keys there are. */
#include "command.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { OPT_DIR, OPT_JSON };

static const struct keyring_option options[] = {
	[OPT_DIR] = { "dir", "DIR", "the keyring's folder" },
	[OPT_JSON] = { "json", NULL, "one JSON object" },
	{ NULL, NULL, NULL },
};

struct settings {
	const char *dir;
	bool json;
};

JWT_AUTO_TYPE(json_text, char *, free);

static enum keyring_exit
parse(struct settings *s, int argc, char **argv)
{
	int option;

	while ((option = command_next_option(&command_status, argc, argv)) >= 0)
		switch (option) {
		case OPT_DIR:
			s->dir = optarg;
			break;
		case OPT_JSON:
			s->json = true;
			break;
		}
	if (option == OPTION_BAD)
		return KEYRING_USAGE;
	if (s->dir == NULL || optind < argc)
		return command_usage(&command_status,
			"--dir DIR is needed, and nothing but options");
	return KEYRING_DONE;
}

static enum jwt_reason
print_json(const struct keyring *keyring, struct report *r)
{
	JWT_AUTO(json) keys = json_array(), root = NULL;
	JWT_AUTO(json_text) text = NULL;

	for (size_t i = 0; i < keyring->count; i++) {
		const struct keyring_key *key = &keyring->keys[i];

		if (json_array_append_new(keys,
			    json_pack("{s:s, s:s, s:s, s:I}", "kid", key->kid,
				    "alg", jws_alg_info(key->alg)->name,
				    "state", key_state_name(key->state),
				    "created", (json_int_t)key->created)) != 0)
			return report(r, JWT_INTERNAL_ERROR, "out of memory");
	}
	root = json_pack(
		"{s:s?, s:O}", "issuer", keyring->issuer, "keys", keys);
	text = root != NULL ? json_dumps(root, JSON_COMPACT) : NULL;
	if (text == NULL)
		return report(r, JWT_INTERNAL_ERROR, "out of memory");
	puts(text);
	return JWT_OK;
}

static void
print_table(const struct keyring *keyring)
{
	printf("issuer %s\n%-43s  %-5s  %-8s  %s\n",
		keyring->issuer != NULL ? keyring->issuer : "not set", "KID",
		"ALG", "STATE", "CREATED");
	for (size_t i = 0; i < keyring->count; i++) {
		const struct keyring_key *key = &keyring->keys[i];
		time_t created = (time_t)key->created;
		struct tm tm;
		char date[32] = "?";

		if (gmtime_r(&created, &tm) != NULL)
			strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%SZ", &tm);
		printf("%-43s  %-5s  %-8s  %s\n", key->kid,
			jws_alg_info(key->alg)->name,
			key_state_name(key->state), date);
	}
}

static enum keyring_exit
run(int argc, char **argv)
{
	struct settings s = { 0 };
	struct report r = { 0 };
	JWT_AUTO(keyring) keyring = { .fd = -1 };
	enum keyring_exit status = parse(&s, argc, argv);

	if (status != KEYRING_DONE)
		return status;
	if (keyring_open(s.dir, KEYRING_READ, &keyring, &r) != JWT_OK)
		return command_failed(&command_status, &r);
	if (!s.json)
		print_table(&keyring);
	else if (print_json(&keyring, &r) != JWT_OK)
		return command_failed(&command_status, &r);
	return KEYRING_DONE;
}

const struct keyring_command command_status = { "status", "",
	"Lists the keys: kid, algorithm, state, when made", options, run };
