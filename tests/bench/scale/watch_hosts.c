/* SPDX-License-Identifier: ISC */
/*
 * The logins of the simulation: asks, round after round, every simulated
 * host's cache about every token of a file, by the code that a login runs,
 * at the simulation's time.
 *
 * usage: watch_hosts CONFIG HOSTS COUNT TOKENS BEGAN FACTOR
 *
 * HOSTS/N/cache and HOSTS/N/fetch.sock are a host's, N from 0. TOKENS has a
 * line "LABEL TOKEN" each and may be replaced at any time. BEGAN is the second
 * (real) at which real and simulated time were equal. One line is printed a
 * round and label: "TIME LABEL accepted A refused R asked Q". Only "valid"
 * tokens may ask the fetcher for a kid; Q counts those that had to.
 */
#include "base/clock.h"
#include "jose/jws.h"
#include "keys/keys.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define LABELS_MAX  8
#define TOKENS_MAX  (64 * 1024)
#define ROUND_MS    500 /* at most so often, to leave the fetchers some CPU */
#define CANNOT_HELP "/nonexistent"

struct tally {
	unsigned accepted, refused, asked;
};

struct watch {
	struct jwt_config *config;
	const char *hosts;
	unsigned count;
	double began, factor;
};

static double
simulated_now(const struct watch *w)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return w->began +
	       ((double)ts.tv_sec + (double)ts.tv_nsec / 1e9 - w->began) *
		       w->factor;
}

static enum jwt_reason
verify(const struct watch *w, unsigned host, const struct jws *jws,
	bool may_ask, struct report *why)
{
	const struct issuer_config *issuer = &w->config->issuer[0];
	JWT_AUTO(jwks) set = NULL;
	char cache[PATH_MAX], sock[PATH_MAX];
	const struct keys_places places = { .cache_dir = cache,
		.fetch_socket = may_ask ? sock : CANNOT_HELP };

	snprintf(cache, sizeof(cache), "%s/%u/cache", w->hosts, host);
	snprintf(sock, sizeof(sock), "%s/%u/fetch.sock", w->hosts, host);
	JWT_TRY(keys_for_token(issuer, &places, jws_kid(jws),
		(int64_t)simulated_now(w), &set, why));
	return jws_verify(jws, issuer->algorithms, set, NULL, why);
}

static void
judge(const struct watch *w, unsigned host, struct slice label,
	const struct jws *jws, struct tally *tally)
{
	struct report why = { 0 };
	enum jwt_reason reason = verify(w, host, jws, false, &why);

	if (reason == JWT_KEY_UNKNOWN && slice_equals_string(label, "valid")) {
		why = (struct report){ 0 };
		tally->asked++;
		reason = verify(w, host, jws, true, &why);
	}
	if (reason == JWT_OK) {
		tally->accepted++;
		return;
	}
	tally->refused++;
	if (slice_equals_string(label, "valid"))
		fprintf(stderr, "%.1f host %u refused a valid token: %s: %s\n",
			simulated_now(w), host, jwt_reason_name(reason),
			why.text);
}

static void
go_round(const struct watch *w, struct slice label, struct slice token)
{
	JWT_AUTO(jws) jws = NULL;
	struct tally tally = { 0 };

	if (jws_parse(token, &jws, NULL) != JWT_OK) {
		fprintf(stderr, "TOKENS: no token behind %.*s\n",
			(int)label.len, (const char *)label.data);
		exit(EXIT_FAILURE);
	}
	for (unsigned host = 0; host < w->count; host++)
		judge(w, host, label, jws, &tally);
	printf("%.1f %.*s accepted %u refused %u asked %u\n", simulated_now(w),
		(int)label.len, (const char *)label.data, tally.accepted,
		tally.refused, tally.asked);
}

static void
watch_once(const struct watch *w, const char *tokens)
{
	const struct file_trust trust = { .any_owner = true };
	JWT_AUTO(buffer) text = BUFFER(TOKENS_MAX);
	struct slice rest, line, label;

	/* Not there yet: no token is valid yet. */
	if (file_read(tokens, &trust, &text, NULL) != FILE_OK)
		return;
	rest = buffer_slice(&text);
	while (slice_cut(&rest, '\n', &line))
		if (slice_cut(&line, ' ', &label))
			go_round(w, label, line);
	fflush(stdout);
}

int
main(int argc, char **argv)
{
	struct watch w = { 0 };
	struct config_error error = { "" };
	pid_t parent = getppid();

	if (argc != 7) {
		fputs("usage: watch_hosts CONFIG HOSTS COUNT TOKENS BEGAN "
		      "FACTOR\n",
			stderr);
		return EXIT_FAILURE;
	}
	if (config_load(argv[1], &w.config, &error) != JWT_OK) {
		fprintf(stderr, "%s\n", error.text);
		return EXIT_FAILURE;
	}
	w.hosts = argv[2];
	w.count = (unsigned)atoi(argv[3]);
	w.began = atof(argv[5]);
	w.factor = atof(argv[6]);
	/* Until whoever started us is gone. */
	for (;;) {
		int64_t next = clock_monotonic_ms() + ROUND_MS;

		watch_once(&w, argv[4]);
		if (getppid() != parent)
			return EXIT_SUCCESS;
		usleep((useconds_t)clock_left_ms(next) * 1000);
	}
}
