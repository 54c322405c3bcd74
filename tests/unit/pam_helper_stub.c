/* SPDX-License-Identifier: ISC */
/*
 * Stands in for jwtauth-check where the module itself is tested: does to a
 * token what the rules say, and notes what it was asked and in what state
 * it was started. Rules, a line each: PURPOSE TOKEN WHAT, "*" for any.
 */
#include "base/file.h"
#include "base/frame.h"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#define RULES PAM_TEST_ROOT "/rules"
#define NOTES PAM_TEST_ROOT "/notes/asked"

extern char **environ;

static void
note_state(FILE *out)
{
	gid_t groups[32];
	int count = getgroups(32, groups);
	struct sigaction act;
	struct rlimit core, files;
	unsigned ignored = 0;

	for (int sig = 1; sig < 32; sig++)
		if (sigaction(sig, NULL, &act) == 0 &&
			act.sa_handler == SIG_IGN)
			ignored++;
	getrlimit(RLIMIT_CORE, &core);
	getrlimit(RLIMIT_NOFILE, &files);
	fprintf(out, "uid=%u euid=%u gid=%u groups=", getuid(), geteuid(),
		getgid());
	for (int i = 0; i < count; i++)
		fprintf(out, "%s%u", i ? "," : "", groups[i]);
	fprintf(out, " env=%s nnp=%d ignored=%u core=%lu files=%lu sid=%s",
		environ[0] ? environ[0] : "none",
		prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0), ignored,
		(unsigned long)core.rlim_cur, (unsigned long)files.rlim_cur,
		getsid(0) == getpid() ? "own" : "other");
}

/* Called before any other descriptor is opened. */
static void
list_descriptors(char *out, size_t size)
{
	size_t len = 0;

	out[0] = '\0';
	for (int fd = 0; fd < 256; fd++)
		if (fcntl(fd, F_GETFD) >= 0)
			len += (size_t)snprintf(
				out + len, size - len, "%d,", fd);
}

static void
note(const struct frame_request *q, const char *descriptors)
{
	FILE *out = fopen(NOTES, "a");

	if (!out)
		_exit(3);
	fprintf(out,
		"purpose=%d service=%s user=%s uid=%d real=%d login=%d "
		"host=%s carrier=%d token=%.*s record=%d key=%.*s fds=%s ",
		(int)q->purpose, q->service, q->user, (int)q->uid,
		(int)q->real_uid, (int)q->login_uid, q->remote_host,
		(int)q->carrier, (int)q->carrier_bytes.len,
		(const char *)q->carrier_bytes.data, q->from_record,
		(int)q->proved_key.len, (const char *)q->proved_key.data,
		descriptors);
	note_state(out);
	fprintf(out, "\n");
	fclose(out);
}

/* What the first rule that fits says; "deny internal_error" without one. */
static void
find_rule(const struct frame_request *q, char *what, size_t size)
{
	FILE *rules = fopen(RULES, "r");
	char purpose[16], token[256], say[256];

	snprintf(what, size, "internal_error");
	while (rules && fscanf(rules, "%15s %255s %255[^\n]", purpose, token,
				say) == 3) {
		if (strcmp(purpose, "*") != 0 &&
			atoi(purpose) != (int)q->purpose)
			continue;
		if (strcmp(token, "*") != 0 &&
			!slice_equals_string(q->carrier_bytes, token))
			continue;
		snprintf(what, size, "%s", say);
		break;
	}
	if (rules)
		fclose(rules);
}

static bool
read_request(struct buffer *bytes, size_t *len)
{
	for (;;) {
		uint8_t chunk[4096];
		ssize_t got = read(STDIN_FILENO, chunk, sizeof(chunk));

		if (got <= 0 || !buffer_append(bytes, chunk, (size_t)got))
			return false;
		switch (frame_request_length(buffer_slice(bytes), len)) {
		case FRAME_COMPLETE:
			return true;
		case FRAME_BROKEN:
			return false;
		case FRAME_MORE:
			break;
		}
	}
}

/* "allow", or a reason and perhaps a hint behind it. */
static void
reply_with(const char *what, size_t len)
{
	struct frame_reply reply = {
		.reason = JWT_INTERNAL_ERROR,
		.id = "00112233445566aa",
	};
	uint8_t bytes[FRAME_REPLY_LEN + 1] = { 0 };
	size_t word = strcspn(what, " ");

	reply.allow = strcmp(what, "allow") == 0;
	for (unsigned r = 1; r < JWT_REASON_COUNT; r++) {
		const char *name = jwt_reason_name((enum jwt_reason)r);

		if (strlen(name) == word && strncmp(what, name, word) == 0)
			reply.reason = (enum jwt_reason)r;
	}
	if (reply.allow)
		reply.reason = JWT_OK;
	if (what[word] == ' ')
		snprintf(reply.hint, sizeof(reply.hint), "%s", what + word + 1);
	frame_reply_encode(&reply, bytes);
	if (!fd_write_all(STDOUT_FILENO, slice_of(bytes, len)))
		_exit(4);
}

/* Longer than any deadline of the tests. */
static void
hang(void)
{
	poll(NULL, 0, 60000);
}

static void
obey(const char *what)
{
	if (strcmp(what, "hang") == 0) {
		hang();
	} else if (strcmp(what, "hang-after") == 0) {
		reply_with("allow", FRAME_REPLY_LEN);
		close(STDOUT_FILENO);
		hang();
	} else if (strcmp(what, "crash") == 0) {
		reply_with("allow", FRAME_REPLY_LEN);
		signal(SIGABRT, SIG_DFL);
		raise(SIGKILL);
	} else if (strcmp(what, "short") == 0) {
		reply_with("allow", FRAME_REPLY_LEN - 1);
	} else if (strcmp(what, "long") == 0) {
		reply_with("allow", FRAME_REPLY_LEN + 1);
	} else if (strcmp(what, "garbage") == 0) {
		static const uint8_t junk[FRAME_REPLY_LEN] = { 1 };

		(void)!write(STDOUT_FILENO, junk, sizeof(junk));
	} else if (strcmp(what, "nothing") != 0) {
		reply_with(what, FRAME_REPLY_LEN);
	}
}

int
main(int argc, char **argv)
{
	struct buffer bytes = BUFFER(FRAME_REQUEST_MAX + 4096);
	struct frame_request request;
	char descriptors[256], what[256];
	size_t len = 0;

	list_descriptors(descriptors, sizeof(descriptors));
	if (argc != 2 || strcmp(argv[1], "--framed") != 0 ||
		!read_request(&bytes, &len) ||
		frame_request_decode(
			slice_of(bytes.data, len), &request, NULL) != JWT_OK)
		_exit(5);
	note(&request, descriptors);
	find_rule(&request, what, sizeof(what));
	obey(what);
	/* No exit handlers: a leak check can't run in this state. */
	_exit(0);
}
