/* SPDX-License-Identifier: ISC */
/*
 * jwtauth-followd: keeps this host's copy of the store. This file: the
 * command line, who we are, and what happens between two connections.
 */
#include "follower.h"

#include "base/clock.h"
#include "duration.h"
#include "log.h"
#include "notify.h"
#include "privileges.h"
#include "sandbox.h"
#include "status.h"

#include <getopt.h>
#include <openssl/rand.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { EXIT_GOOD, EXIT_FAILED, EXIT_USAGE };

#define ROOM_FIRST     500000 /* files; 4 KiB of disk and 100 bytes of memory */
#define ROOM_MAX       4000000
#define PAUSE_FIRST_MS 500
#define PAUSE_MOST_MS  30000
/* A trouble that comes and goes is told of so often, and in other words. */
#define FLAP_MS	     10000
#define SAME_FLAP_MS 60000
/* Other words for the same trouble, which never went. */
#define SAY_AGAIN_MS (10 * 60 * 1000)

static const char usage[] =
	"usage: jwtauth-followd [--config FILE] [--once] [--status]\n"
	"\n"
	"Keeps a copy of the revocations in Redis in " JWT_STATE_DIR "/copy,\n"
	"where the config says on_unreachable = \"last_known\".\n"
	"\n"
	"  --config FILE    read this instead of " CONFIG_DEFAULT_PATH "\n"
	"  --once           copy all that there is, and end\n"
	"  --status         how old the copy is, and whether it may decide;\n"
	"                   exit 0 if it may, 1 if not\n"
	"  --interval TIME  between two searches for raw tokens (60s)\n"
	"  --room NUMBER    of revocations that the copy may hold (500000)\n"
	"  --copy DIR       the copy is there\n"
	"  --seen DIR       what the checkers and the administrator know\n"
	"  --version, --help\n";

static const struct option options[] = {
	{ "config", required_argument, NULL, 'c' },
	{ "once", no_argument, NULL, 'o' },
	{ "status", no_argument, NULL, 't' },
	{ "interval", required_argument, NULL, 'i' },
	{ "room", required_argument, NULL, 'r' },
	{ "copy", required_argument, NULL, 'd' },
	{ "seen", required_argument, NULL, 's' },
	{ "version", no_argument, NULL, 'V' },
	{ "help", no_argument, NULL, 'h' },
	{ 0 },
};

/* What was said last, so that the same is not said again. */
struct said {
	enum jwt_reason reason;
	char text[JWT_DETAIL_MAX];
	int64_t at_ms;
};

static void
say(struct follower *f, struct said *said, enum jwt_reason reason,
	const char *text)
{
	const int64_t now = clock_monotonic_ms();
	const bool same = strcmp(said->text, text) == 0;
	int64_t pause = f->following ? FLAP_MS : SAY_AGAIN_MS;

	if (same)
		pause = f->following ? SAME_FLAP_MS : INT64_MAX;
	if (said->reason == reason && now - said->at_ms < pause)
		return;
	log_line(reason == JWT_INTERNAL_ERROR ? LOG_ERR : LOG_WARNING,
		"the copy stays as it is: %s: %s", jwt_reason_name(reason),
		text);
	f->following = false;
	said->reason = reason;
	said->at_ms = now;
	snprintf(said->text, sizeof(said->text), "%s", text);
}

/* Full jitter: hosts that lost Redis together don't come back together. */
static void
pause_after(unsigned failures)
{
	int64_t most = PAUSE_FIRST_MS;
	uint32_t random = 0;

	for (unsigned i = 1; i < failures && most < PAUSE_MOST_MS; i++)
		most *= 2;
	if (most > PAUSE_MOST_MS)
		most = PAUSE_MOST_MS;
	(void)RAND_bytes((uint8_t *)&random, sizeof(random));
	poll(NULL, 0, 1 + (int)((uint64_t)most * random >> 32));
}

static int
serve(struct follower *f)
{
	struct said said = { 0 };
	unsigned failures = 0;

	notify_send("STATUS=connecting");
	for (;;) {
		const int64_t synced_at = f->state.synced_at;
		struct report why = { "" };
		enum jwt_reason reason = follower_run(f, &why);

		if (f->options->once && reason == JWT_OK)
			return f->state.problem[0] == '\0' ? EXIT_GOOD
							   : EXIT_FAILED;
		/* It followed for a while: that ended a trouble before. */
		if (reason == JWT_OK || f->state.synced_at != synced_at)
			failures = 0;
		if (reason == JWT_OK)
			continue;
		say(f, &said, reason, why.text);
		notify_send("STATUS=%s: %s", jwt_reason_name(reason), why.text);
		if (f->options->once)
			return EXIT_FAILED;
		pause_after(++failures);
	}
}

/* Each file is whole at each instant: there is nothing to wait for. */
static void
end_at_once(int signal)
{
	(void)signal;
	_exit(EXIT_GOOD);
}

static void
catch_signals(void)
{
	struct sigaction action = { .sa_handler = end_at_once };

	sigemptyset(&action.sa_mask);
	(void)sigaction(SIGTERM, &action, NULL);
	(void)sigaction(SIGINT, &action, NULL);
	signal(SIGPIPE, SIG_IGN);
}

/* The follower's credential in the place of the checker's. */
static enum jwt_reason
open_store(struct revocation_config *config, struct revocation_store **out,
	struct report *r)
{
	static const struct revocation_places none;

	/* The hosts' key is none of ours to read. */
	config->redis.tls.cert_file = config->redis.follower_cert_file;
	config->redis.tls.key_file = config->redis.follower_key_file;
	if (config->redis.password_file != NULL) {
		config->redis.user = config->redis.follower_user;
		config->redis.password_file =
			config->redis.follower_password_file;
	}
	JWT_TRY(revocation_open(config, &none, out, r));
	return revocation_prepare(*out, r);
}

/* Ready before that: to read a large copy takes longer than a start may. */
static enum jwt_reason
read_copy(struct follower *f, struct report *r)
{
	notify_send("READY=1\nSTATUS=reading the copy");
	return follower_start(f, r);
}

static int
follow_store(const struct follower_options *o, struct revocation_config *config)
{
	struct follower f = { .options = o, .config = config };
	struct report why = { "" };
	int status = EXIT_USAGE;

	sandbox_start_crypto();
	umask(022);
	catch_signals();
	if (open_store(config, &f.store, &why) == JWT_OK &&
		sandbox_enter(&why) == JWT_OK && read_copy(&f, &why) == JWT_OK)
		status = serve(&f);
	else
		log_line(LOG_ERR, "%s", why.text);
	follower_end(&f);
	return status;
}

static int
run(const struct follower_options *o, bool status)
{
	struct revocation_config chosen;
	struct report why = { "" };
	struct config_error error;
	JWT_AUTO(config) config = NULL;

	/* As root, before the first byte of a stranger is read. */
	if (privileges_drop_to(USER_FOLLOW, &why) != JWT_OK) {
		log_line(LOG_ERR, "%s", why.text);
		return EXIT_USAGE;
	}
	if (config_load(o->config, &config, &error) != JWT_OK) {
		log_line(LOG_ERR, "%s", error.text);
		return EXIT_USAGE;
	}
	chosen = config->revocation;
	if (status)
		return status_print(o, &chosen) ? EXIT_GOOD : EXIT_FAILED;
	if (chosen.on_unreachable == UNREACHABLE_LAST_KNOWN)
		return follow_store(o, &chosen);
	notify_send("READY=1\nSTATUS=not needed");
	log_line(LOG_NOTICE,
		"nothing to do: on_unreachable is not \"last_known\"");
	return EXIT_GOOD;
}

static bool
take_room(const char *text, size_t *room)
{
	char *end;
	const unsigned long number = strtoul(text, &end, 10);

	if (*text < '1' || *text > '9' || *end != '\0' || number > ROOM_MAX)
		return false;
	*room = number;
	return true;
}

/* An exit status where there is nothing more to do, else -1. */
static int
take_options(int argc, char **argv, struct follower_options *o, bool *status)
{
	int64_t seconds;
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1)
		switch (option) {
		case 'c':
			o->config = optarg;
			break;
		case 'd':
			o->copy_dir = optarg;
			break;
		case 's':
			o->seen_dir = optarg;
			break;
		case 'o':
			o->once = true;
			break;
		case 't':
			*status = true;
			break;
		case 'r':
			if (take_room(optarg, &o->room))
				break;
			fputs(usage, stderr);
			return EXIT_USAGE;
		case 'i':
			if (duration_parse(optarg, &seconds)) {
				o->interval_ms = seconds * 1000;
				break;
			}
			fputs(usage, stderr);
			return EXIT_USAGE;
		case 'V':
			puts("jwtauth-followd " PACKAGE_VERSION);
			return EXIT_GOOD;
		case 'h':
			fputs(usage, stdout);
			return EXIT_GOOD;
		default:
			fputs(usage, stderr);
			return EXIT_USAGE;
		}
	if (optind == argc)
		return -1;
	fputs(usage, stderr);
	return EXIT_USAGE;
}

int
main(int argc, char **argv)
{
	struct follower_options o = { .config = CONFIG_DEFAULT_PATH,
		.copy_dir = JWT_STATE_DIR "/copy",
		.seen_dir = JWT_STATE_DIR "/seen",
		.interval_ms = 60000,
		.room = ROOM_FIRST };
	bool status = false;
	int done;

	notify_setup(getenv("NOTIFY_SOCKET"), getenv("WATCHDOG_USEC"));
	log_setup("jwtauth-followd", getenv("JOURNAL_STREAM") != NULL);
	clearenv();
	done = take_options(argc, argv, &o, &status);
	return done >= 0 ? done : run(&o, status);
}
