/* SPDX-License-Identifier: ISC */
#include "verifiers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct verifiers {
	const struct settings *settings;
	struct poller *poller; /* made when the first URL is asked */
	bool has_it[SETTINGS_COMMANDS_MAX];
};

struct verifiers *
verifiers_new(const struct settings *settings)
{
	struct verifiers *verifiers = calloc(1, sizeof(*verifiers));

	if (verifiers != NULL)
		verifiers->settings = settings;
	return verifiers;
}

void
verifiers_free(struct verifiers *verifiers)
{
	if (verifiers == NULL)
		return;
	poller_free(verifiers->poller);
	free(verifiers);
}

static enum jwt_reason
ask_url(struct verifiers *verifiers, const struct settings_verifier *verifier,
	const struct keyring_key *key, struct report *r)
{
	if (key->public == NULL)
		return report(r, JWT_KEYS_UNAVAILABLE,
			"a secret is in no JWKS: a command must ask");
	if (verifiers->poller == NULL)
		verifiers->poller = poller_new();
	if (verifiers->poller == NULL)
		return report(r, JWT_KEYS_UNAVAILABLE, "out of memory");
	return poller_ask(verifiers->poller, verifier->url, verifier->ca_file,
		key->public, r);
}

static enum jwt_reason
ask(struct verifiers *verifiers, const struct settings_verifier *verifier,
	const struct keyring_key *key, struct report *r)
{
	const struct run_words words = { .kid = key->kid,
		.event = "wait",
		.dir = verifiers->settings->dir,
		.out = verifiers->settings->out };

	if (verifier->url != NULL)
		return ask_url(verifiers, verifier, key, r);
	return run_command(&verifier->command, &words, true, r);
}

/* It goes into a JSON file and onto terminals. */
static void
make_printable(char *text)
{
	for (; *text != '\0'; text++)
		if (*text < ' ' || *text > '~')
			*text = '?';
}

/* "URL: fault", or the command's words: enough to run it by hand. */
static void
describe(const struct settings_verifier *verifier, const struct report *fault,
	char out[KEYRING_WORDS_MAX])
{
	const struct string_list *words = &verifier->command.words;
	struct report line = { 0 };
	size_t len = 0;
	int put;

	memset(out, 0, KEYRING_WORDS_MAX);
	if (verifier->url != NULL) {
		report(&line, JWT_OK, "%s: %s", verifier->url, fault->text);
		memcpy(out, line.text, KEYRING_WORDS_MAX - 1);
		return;
	}
	for (size_t i = 0; i < words->count && len < KEYRING_WORDS_MAX; i++) {
		put = snprintf(out + len, KEYRING_WORDS_MAX - len, "%s%s",
			i > 0 ? " " : "", words->item[i]);
		len += put > 0 ? (size_t)put : 0;
	}
	if (len < KEYRING_WORDS_MAX) {
		const char *colon = strrchr(fault->text, ':');

		snprintf(out + len, KEYRING_WORDS_MAX - len, "%s",
			colon != NULL ? colon : "");
	}
}

void
verifiers_ask(struct verifiers *verifiers, const struct keyring_key *key,
	struct keyring *waiting)
{
	const struct settings *settings = verifiers->settings;
	size_t count = 0;

	memset(waiting->waiting, 0, sizeof(waiting->waiting));
	for (size_t i = 0; i < settings->verifier_count; i++) {
		const struct settings_verifier *verifier =
			&settings->verifier[i];
		struct report fault = { 0 };

		if (verifiers->has_it[i])
			continue;
		if (ask(verifiers, verifier, key, &fault) == JWT_OK) {
			verifiers->has_it[i] = true;
			continue;
		}
		if (count < KEYRING_WAITING_MAX) {
			describe(verifier, &fault, waiting->waiting[count]);
			make_printable(waiting->waiting[count]);
		}
		count++;
	}
	waiting->waiting_count = count;
	waiting->waiting_named =
		count < KEYRING_WAITING_MAX ? count : KEYRING_WAITING_MAX;
}

int64_t
verifiers_pause(int64_t tries, int64_t first, int64_t longest, uint32_t random)
{
	int64_t pause = first * 1000, most = longest * 1000;

	while (tries-- > 0 && pause < most)
		pause *= 2;
	if (pause > most)
		pause = most;
	return pause - (int64_t)((uint64_t)random % (uint64_t)(pause / 4 + 1));
}
