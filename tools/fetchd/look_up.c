/* SPDX-License-Identifier: ISC */
#include "look_up.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Bytes, for what NSS modules need; memory as far as it is used. */
#define STACK (512 * 1024)

struct look_up {
	char name[REDIS_NAME_MAX + 1];
	int wake_fd;
	atomic_int owners; /* the daemon and the thread */
	atomic_bool done;  /* what follows is the daemon's from then on */
	struct redis_named found; /* count and addresses, or trouble */
};

static void
leave(struct look_up *l)
{
	if (atomic_fetch_sub(&l->owners, 1) == 1)
		free(l);
}

/* What needs the name of an interface is no address for a config. */
static bool
to_text(const struct sockaddr *sa, char out[REDIS_NUMERIC_MAX])
{
	const struct sockaddr_in *in = (const struct sockaddr_in *)sa;
	const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)sa;

	if (sa->sa_family == AF_INET)
		return inet_ntop(AF_INET, &in->sin_addr, out,
			       REDIS_NUMERIC_MAX) != NULL;
	return sa->sa_family == AF_INET6 &&
	       !IN6_IS_ADDR_LINKLOCAL(&in6->sin6_addr) &&
	       inet_ntop(AF_INET6, &in6->sin6_addr, out, REDIS_NUMERIC_MAX) !=
		       NULL;
}

static void
take_answer(const struct addrinfo *answer, struct redis_named *found)
{
	char text[REDIS_NUMERIC_MAX];

	for (; answer != NULL && found->count < REDIS_NAMED_MAX;
		answer = answer->ai_next) {
		memset(text, 0, sizeof(text));
		if (to_text(answer->ai_addr, text) && redis_is_numeric(text) &&
			!redis_named_has(found, text))
			memcpy(found->address[found->count++], text,
				sizeof(text));
	}
	if (found->count == 0)
		snprintf(found->trouble, sizeof(found->trouble),
			"the answer has no address that a server can have");
}

static void *
look_up(void *arg)
{
	/* Not AI_ADDRCONFIG: a host's addresses come and go. */
	const struct addrinfo hints = { .ai_family = AF_UNSPEC,
		.ai_socktype = SOCK_STREAM };
	const uint64_t one = 1;
	struct look_up *l = arg;
	struct addrinfo *answer = NULL;
	int error = getaddrinfo(l->name, NULL, &hints, &answer);

	if (error == 0)
		take_answer(answer, &l->found);
	else
		snprintf(l->found.trouble, sizeof(l->found.trouble), "%s",
			error == EAI_SYSTEM ? strerrordesc_np(errno)
					    : gai_strerror(error));
	if (answer != NULL)
		freeaddrinfo(answer);
	atomic_store(&l->done, true);
	(void)!write(l->wake_fd, &one, sizeof(one));
	leave(l);
	return NULL;
}

static bool
start_thread(struct look_up *l)
{
	pthread_attr_t attributes;
	pthread_t thread;
	bool good;

	if (pthread_attr_init(&attributes) != 0)
		return false;
	good = pthread_attr_setdetachstate(
		       &attributes, PTHREAD_CREATE_DETACHED) == 0 &&
	       pthread_attr_setstacksize(&attributes, STACK) == 0 &&
	       pthread_create(&thread, &attributes, look_up, l) == 0;
	(void)pthread_attr_destroy(&attributes);
	return good;
}

struct look_up *
look_up_start(const char *name, int wake_fd)
{
	struct look_up *l = calloc(1, sizeof(*l));

	if (l == NULL)
		return NULL;
	snprintf(l->name, sizeof(l->name), "%s", name);
	l->wake_fd = wake_fd;
	atomic_init(&l->owners, 2);
	if (start_thread(l))
		return l;
	free(l);
	return NULL;
}

bool
look_up_is_done(const struct look_up *l)
{
	return atomic_load(&l->done);
}

bool
look_up_take(const struct look_up *l, struct redis_named *out)
{
	memcpy(out->trouble, l->found.trouble, sizeof(out->trouble));
	if (l->found.count == 0)
		return false;
	out->count = l->found.count;
	memcpy(out->address, l->found.address, sizeof(out->address));
	return true;
}

void
look_up_free(struct look_up *l)
{
	if (l != NULL)
		leave(l);
}
