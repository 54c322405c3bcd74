/* SPDX-License-Identifier: ISC */
/* status: which keys there are, and what a rotation waits for. */
#include "dates.h"
#include "plan.h"
#include "rotation.h"
#include "store.h"

#include "base/clock.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

/* A daily timer, its random delay, and a host that was off for a day. */
#define OVERDUE_GRACE (2 * 86400) /* seconds, beside the wait's deadline */

enum { OPT_CONFIG, OPT_DIR, OPT_JSON, OPT_CHECK, OPT_IF_OLDER_THAN };

static const struct keyring_option options[] = {
	[OPT_CONFIG] = { "config", "FILE", "settings; options win over it" },
	[OPT_DIR] = { "dir", "DIR", "the keyring's folder" },
	[OPT_JSON] = { "json", NULL, "one JSON object" },
	[OPT_CHECK] = { "check", NULL,
		"for monitoring: an exit status if something needs a look" },
	[OPT_IF_OLDER_THAN] = { "if-older-than", "AGE",
		"when a key is due; default: rotate_after of the settings" },
	{ NULL, NULL, NULL },
};

struct options {
	const char *dir;
	int64_t rotate_after;
	bool json, check;
};

/* What is shown: the keyring, the moment, and whether a rotation runs. */
struct view {
	struct keyring *keyring;
	int64_t now, rotate_after, deadline; /* seconds */
	bool running;
};

JWT_AUTO_TYPE(json_text, char *, free);

static enum keyring_exit
take_config(int argc, char **argv, struct settings *settings)
{
	enum keyring_exit status = KEYRING_DONE;
	int option;

	while ((option = command_next_option(&command_status, argc, argv)) >= 0)
		if (option == OPT_CONFIG && status == KEYRING_DONE)
			status = command_settings(
				&command_status, optarg, settings);
	optind = 0;
	return option == OPTION_BAD ? KEYRING_USAGE : status;
}

static enum keyring_exit
parse(struct options *o, struct settings *settings, int argc, char **argv)
{
	int option;

	if (take_config(argc, argv, settings) != KEYRING_DONE)
		return KEYRING_USAGE;
	o->dir = settings->dir;
	o->rotate_after = settings->rotate_after;
	while ((option = command_next_option(&command_status, argc, argv)) >= 0)
		switch (option) {
		case OPT_DIR:
			o->dir = optarg;
			break;
		case OPT_JSON:
			o->json = true;
			break;
		case OPT_CHECK:
			o->check = true;
			break;
		case OPT_IF_OLDER_THAN:
			if (!command_duration(&command_status, "if-older-than",
				    optarg, &o->rotate_after))
				return KEYRING_USAGE;
			break;
		}
	if (o->dir == NULL || optind < argc)
		return command_usage(&command_status,
			"--dir DIR is needed, and nothing but options");
	return KEYRING_DONE;
}

static int64_t
due_at(const struct view *view)
{
	return view->now - plan_age(view->keyring, view->now) +
	       view->rotate_after;
}

static json_t *
keys_to_json(const struct view *view)
{
	JWT_AUTO(json) keys = json_array();

	for (size_t i = 0; i < view->keyring->count; i++) {
		const struct keyring_key *key = &view->keyring->keys[i];
		JWT_AUTO(json) object = store_key_to_json(key);
		int64_t dead_at = plan_dead_at(view->keyring, key);

		if (object == NULL ||
			(dead_at != INT64_MAX &&
				json_object_set_new(object, "drop_after",
					json_integer(dead_at)) != 0) ||
			json_array_append(keys, object) != 0)
			return NULL;
	}
	return JWT_TAKE(keys);
}

static enum jwt_reason
print_json(const struct view *view, struct report *r)
{
	const struct keyring *keyring = view->keyring;
	JWT_AUTO(json)
	root = json_pack("{s:s?, s:I, s:b, s:o, s:o, s:o}", "issuer",
		keyring->issuer, "token_lifetime",
		(json_int_t)keyring->token_lifetime, "running", view->running,
		"keys", keys_to_json(view), "pending",
		store_pending_to_json(keyring), "waiting",
		store_waiting_to_json(keyring));
	JWT_AUTO(json_text) text = NULL;

	if (root == NULL ||
		(view->rotate_after > 0 &&
			json_object_set_new(root, "due_at",
				json_integer(due_at(view))) != 0) ||
		(text = json_dumps(root, JSON_COMPACT)) == NULL)
		return report(r, JWT_INTERNAL_ERROR, "out of memory");
	puts(text);
	return JWT_OK;
}

static void
print_key(const struct view *view, const struct keyring_key *key)
{
	int64_t dead_at = plan_dead_at(view->keyring, key);
	char created[DATE_MAX], other[DATE_MAX];

	printf("%-43s  %-5s  %-8s  %s  ", key->kid,
		jws_alg_info(key->alg)->name, key_state_name(key->state),
		date_of(key->created, created));
	switch (key->state) {
	case KEY_NEXT:
		printf("published %s\n", date_of(key->published, other));
		break;
	case KEY_CURRENT:
		printf("signs since %s\n", date_of(key->signing, other));
		break;
	default:
		if (dead_at == INT64_MAX)
			puts("until its signers know of its successor");
		else
			printf("dropped after %s\n", date_of(dead_at, other));
	}
}

static void
print_table(const struct view *view)
{
	struct keyring *keyring = view->keyring;
	const struct keyring_key *next = keyring_in_state(keyring, KEY_NEXT);
	char date[DATE_MAX];

	printf("issuer %s\n%-43s  %-5s  %-8s  %-20s  %s\n",
		keyring->issuer != NULL ? keyring->issuer : "not set", "KID",
		"ALG", "STATE", "CREATED", "NOTE");
	for (size_t i = 0; i < keyring->count; i++)
		print_key(view, &keyring->keys[i]);
	if (keyring_current(keyring)->compromised)
		puts("the current key was stolen: run \"jwt-keyring rotate\"");
	for (size_t i = 0; i < keyring->waiting_named; i++)
		printf("waits for %s\n", keyring->waiting[i]);
	if (keyring->waiting_count > keyring->waiting_named)
		printf("waits for %zu more\n",
			keyring->waiting_count - keyring->waiting_named);
	for (size_t i = 0; i < keyring->pending_count; i++)
		printf("not told yet: \"%s\" of %s\n",
			keyring_event_name(keyring->pending[i].event),
			keyring->pending[i].kid);
	if (view->running)
		puts("a rotation runs");
	else if (next != NULL)
		puts("no rotation runs: the next run goes on with this one");
	if (view->rotate_after > 0)
		printf("a new key is due at %s\n", date_of(due_at(view), date));
}

/* The worst of what needs a look. */
static enum keyring_exit
check(const struct view *view)
{
	struct keyring *keyring = view->keyring;
	const struct keyring_key *next = keyring_in_state(keyring, KEY_NEXT);

	if (keyring_current(keyring)->compromised && !view->running)
		return KEYRING_FAILED;
	if (keyring->pending_count > 0 && !view->running)
		return KEYRING_NOT_TOLD;
	if (next != NULL &&
		(!view->running || view->now - next->created > view->deadline))
		return KEYRING_WAITS;
	if (view->rotate_after > 0 &&
		due_at(view) + view->deadline + OVERDUE_GRACE < view->now)
		return KEYRING_OVERDUE;
	return KEYRING_DONE;
}

static enum keyring_exit
show(const struct options *o, const struct view *view)
{
	struct report r = { 0 };

	if (!o->json)
		print_table(view);
	else if (print_json(view, &r) != JWT_OK)
		return command_failed(&command_status, &r);
	return o->check ? check(view) : KEYRING_DONE;
}

static enum keyring_exit
run(int argc, char **argv)
{
	JWT_AUTO(settings) settings = settings_new();
	JWT_AUTO(keyring) keyring = { .fd = -1 };
	struct options o = { 0 };
	struct report r = { 0 };
	struct view view = { .keyring = &keyring, .now = clock_now() };
	enum keyring_exit status;

	if (settings == NULL)
		return KEYRING_FAILED;
	status = parse(&o, settings, argc, argv);
	if (status != KEYRING_DONE)
		return status;
	if (keyring_open(o.dir, KEYRING_READ, &keyring, &r) != JWT_OK)
		return command_failed(&command_status, &r);
	view.running = rotation_is_running(o.dir);
	view.rotate_after = o.rotate_after;
	view.deadline = settings->wait.deadline;
	return show(&o, &view);
}

const struct keyring_command command_status = { "status", "",
	"Lists the keys and their dates, and what a rotation waits for",
	options, run };
