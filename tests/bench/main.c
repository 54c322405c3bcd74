/* SPDX-License-Identifier: ISC */
/*
 * jwtauth's verification beside raw OpenSSL and other libraries. README.md
 * says how to read what it prints.
 */
#include "bench.h"
#include "material.h"

#include <openssl/crypto.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define ROUNDS	     600
#define BATCH_NS     500000.0
#define LOOP_SECONDS 5

static const char usage[] =
	"usage: bench [OPTION...] [MODULE...]\n"
	"  --rounds=N   turns of each contestant (600)\n"
	"  --smoke      one short turn each: does everything run?\n"
	"  --strict     exit 1 where a bar was not reached\n"
	"  --alg=ALG    the race alone, and of one algorithm\n"
	"  --loop=NAME:ALG:verify|whole|cold\n"
	"               one contestant for 5 s, for a profiler\n";

void
bench_die(const char *format, ...)
{
	va_list args;

	fflush(stdout);
	fputs("bench: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	exit(2);
}

void
bench_bar(struct bench *bench, bool met, const char *format, ...)
{
	va_list args;

	if (met) {
		printf("met");
		return;
	}
	bench->missed++;
	printf("NOT MET: ");
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
}

static const struct contestant *
find(const struct bench *bench, const char *name)
{
	for (size_t i = 0; i < bench->count; i++)
		if (strncmp(bench->contestant[i]->name, name, strlen(name)) ==
			0)
			return bench->contestant[i];
	bench_die("no contestant is called %s", name);
}

void
bench_loop(const struct bench *bench, const char *what)
{
	char name[32], alg[16], kind[16];
	const struct contestant *c;
	time_t end;
	bool (*run)(void *);
	struct material m;
	void *state;

	if (sscanf(what, "%31[^:]:%15[^:]:%15s", name, alg, kind) != 3)
		bench_die("--loop wants NAME:ALG:KIND");
	c = find(bench, name);
	run = strcmp(kind, "whole") == 0  ? c->whole
	      : strcmp(kind, "cold") == 0 ? c->cold
					  : c->verify;
	material_make(&m, alg);
	state = c->open(&m.bench);
	if (run == NULL || state == NULL)
		bench_die("%s can't do that", c->name);
	end = time(NULL) + LOOP_SECONDS; /* behind the search for primes */
	while (time(NULL) < end)
		for (int i = 0; i < 100; i++)
			if (!run(state))
				bench_die("%s refused its token", c->name);
	c->close(state);
	material_free(&m);
}

struct options {
	bool strict;
	const char *loop;
};

static struct options
read_options(struct bench *bench, int argc, char **argv)
{
	static const struct option names[] = {
		{ "rounds", required_argument, NULL, 'r' },
		{ "smoke", no_argument, NULL, 's' },
		{ "strict", no_argument, NULL, 'S' },
		{ "alg", required_argument, NULL, 'a' },
		{ "loop", required_argument, NULL, 'l' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	struct options options = { 0 };
	int option;

	while ((option = getopt_long(argc, argv, "", names, NULL)) != -1)
		switch (option) {
		case 'r':
			bench->rounds = (unsigned)strtoul(optarg, NULL, 10);
			break;
		case 's':
			bench->rounds = 1;
			bench->batch_ns = 1;
			break;
		case 'S':
			options.strict = true;
			break;
		case 'a':
			bench->only = optarg;
			break;
		case 'l':
			options.loop = optarg;
			break;
		default:
			fputs(usage, option == 'h' ? stdout : stderr);
			exit(option == 'h' ? 0 : 2);
		}
	if (bench->rounds == 0)
		bench_die("--rounds wants a number");
	return options;
}

int
main(int argc, char **argv)
{
	struct bench bench = { .contestant = { &raw_contestant,
				       &our_contestant },
		.count = FIRST_PEER,
		.rounds = ROUNDS,
		.batch_ns = BATCH_NS };
	struct options options = read_options(&bench, argc, argv);

	setvbuf(stdout, NULL, _IOLBF, 0);
	/* First: it wants an OpenSSL that has done nothing yet. */
	if (options.loop == NULL && bench.only == NULL)
		bench_allocations(&bench);
	for (int i = optind; i < argc; i++)
		bench_add_peer(&bench, argv[i]);
	if (options.loop != NULL) {
		bench_loop(&bench, options.loop);
		return 0;
	}
	printf("\n%s, RSA of 2048 bits\n", OpenSSL_version(OPENSSL_VERSION));
	if (bench.rounds == 1)
		printf("One turn each: the figures below mean nothing.\n");
	bench_name_missing(&bench);
	bench_check_contestants(&bench);
	bench_race(&bench);
	if (bench.only != NULL)
		return 0;
	bench_cold(&bench);
	bench_lookup(&bench);
	bench_growth(&bench);
	printf("\n%u bars not met\n", bench.missed);
	return options.strict && bench.missed > 0 ? 1 : 0;
}
