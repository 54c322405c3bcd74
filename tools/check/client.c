/* SPDX-License-Identifier: ISC */
/* The command line of a user who isn't root: it asks check.sock. */
#include "check.h"

#include "base/clock.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

/* Over before the service's own end could come amid an answer. */
#define CLIENT_LIFE_MS ((CHECK_LIFE - 15) * 1000)

static int
connect_to_checker(void)
{
	const struct sockaddr_un address = { .sun_family = AF_UNIX,
		.sun_path = CHECK_SOCKET };
	const struct timeval patience = { .tv_sec = CHECK_IDLE };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	/* SO_SNDTIMEO bounds connect, too. */
	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience,
		    sizeof(patience)) != 0 ||
		setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience,
			sizeof(patience)) != 0 ||
		connect(fd, (const struct sockaddr *)&address,
			sizeof(address)) != 0) {
		int error = errno;

		close(fd);
		errno = error;
		return -1;
	}
	return fd;
}

static bool
read_exactly(int fd, uint8_t *out, size_t len)
{
	while (len > 0) {
		ssize_t got = read(fd, out, len);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return false;
		out += got;
		len -= (size_t)got;
	}
	return true;
}

static bool
read_detail(int fd, struct buffer *detail)
{
	uint8_t size[4], *at;
	size_t len;

	if (!read_exactly(fd, size, sizeof(size)))
		return false;
	len = (size_t)size[0] << 24 | (size_t)size[1] << 16 |
	      (size_t)size[2] << 8 | size[3];
	at = buffer_extend(detail, len);
	return at != NULL && read_exactly(fd, at, len);
}

static bool
exchange(int fd, const struct check_question *question,
	struct frame_reply *reply, struct buffer *detail)
{
	JWT_AUTO(buffer) bytes = BUFFER(FRAME_REQUEST_MAX);
	struct frame_request request;
	uint8_t answer[FRAME_REPLY_LEN];

	errno = 0;
	frame_request_init(&request);
	request.purpose = JWT_PURPOSE_AUTH;
	request.carrier = JWT_CARRIER_PROMPT;
	request.carrier_bytes = question->token;
	request.uid = question->uid;
	request.want_detail = true;
	buffer_clear(detail);
	return frame_set_text(request.service, question->service) &&
	       frame_set_text(request.user, question->user) &&
	       frame_request_encode(&request, &bytes, NULL) == JWT_OK &&
	       fd_write_all(fd, buffer_slice(&bytes)) &&
	       read_exactly(fd, answer, sizeof(answer)) &&
	       frame_reply_decode(slice_of(answer, sizeof(answer)), reply,
		       NULL) == JWT_OK &&
	       read_detail(fd, detail);
}

/*
 * Closed by the service before it had read all of the question. One that it
 * did read it may have judged, and a token that is good once is then used up.
 */
static bool
was_unread(void)
{
	return errno == EPIPE || errno == ECONNRESET;
}

void
client_close(struct client *client)
{
	if (client->fd >= 0)
		close(client->fd);
	client->fd = -1;
}

/* The service ends a connection by its count, its age and its silence. */
static bool
is_worn(const struct client *client)
{
	struct pollfd p = { .fd = client->fd, .events = POLLIN };

	return client->answered >= CHECK_REQUESTS ||
	       clock_monotonic_ms() - client->opened >= CLIENT_LIFE_MS ||
	       poll(&p, 1, 0) != 0;
}

static bool
client_open(struct client *client, struct report *r)
{
	client->fd = connect_to_checker();
	client->answered = 0;
	client->opened = clock_monotonic_ms();
	if (client->fd >= 0)
		return true;
	report(r, JWT_INTERNAL_ERROR,
		"%s: %s; run: systemctl status jwtauth-check.socket",
		CHECK_SOCKET, strerror(errno));
	return false;
}

bool
client_ask(struct client *client, const struct check_question *question,
	struct frame_reply *reply, struct buffer *detail, struct report *r)
{
	bool again = true;

	if (client->fd >= 0 && is_worn(client))
		client_close(client);
	while (again) {
		bool is_new = client->fd < 0;

		if (is_new && !client_open(client, r))
			return false;
		if (exchange(client->fd, question, reply, detail)) {
			client->answered++;
			return true;
		}
		again = !is_new && was_unread();
		client_close(client);
	}
	report(r, JWT_INTERNAL_ERROR,
		"%s: no whole answer; see: journalctl -u jwtauth-check",
		CHECK_SOCKET);
	return false;
}

int
client_main(const struct check_options *options, struct slice token)
{
	const struct check_question question = { options->service,
		options->user, options->uid, token };
	JWT_AUTO(buffer) detail = BUFFER(CHECK_DETAIL_MAX);
	struct client client = { .fd = -1 };
	struct frame_reply reply;
	struct report r = { "" };
	bool answered = client_ask(&client, &question, &reply, &detail, &r);

	client_close(&client);
	if (!answered) {
		fprintf(stderr, "jwtauth-check: %s\n", r.text);
		return CHECK_UNDECIDED;
	}
	return print_reply(options, &reply, buffer_string(&detail));
}
