/* SPDX-License-Identifier: ISC */
/*
 * jwtauthctl doctor: the table, the processes, and what is printed.
 */
#include "doctor.h"

#include "aside.h"
#include "base/clock.h"
#include "jose/json_write.h"
#include "privileges.h"

#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define SAID_MAX 16384 /* bytes of one check's findings */

static const struct doctor_check {
	const char *name;
	const char *user; /* NULL: as the caller is */
	doctor_fn run;
} checks[] = {
	{ "config", USER_CHECK, doctor_config },
	{ "ids", USER_CHECK, doctor_ids },
	{ "folders", NULL, doctor_folders },
	{ "disk", NULL, doctor_disk },
	{ "units", NULL, doctor_units },
	{ "keys", USER_CHECK, doctor_keys },
	{ "check.sock", USER_CHECK, doctor_socket },
	{ "store: names", USER_CHECK, doctor_names },
	{ "store", USER_CHECK, doctor_store },
	{ "store: copy", USER_CHECK, doctor_copy },
	{ "store: hosts", USER_CHECK, doctor_host_rights },
	{ "store: writer", USER_REVOKE, doctor_writer_rights },
	{ "store: server", USER_REVOKE, doctor_redis },
	{ "store: raw tokens", USER_REVOKE, doctor_raw_tokens },
	{ "journal", USER_REVOKE, doctor_journal },
};

static const char *const level_name[] = { [DOCTOR_OK] = "ok",
	[DOCTOR_WARNING] = "warning",
	[DOCTOR_ERROR] = "error" };

/* A line "LEVEL TAB TEXT TAB ADVICE": report() leaves no other TAB. */
void
doctor_say(const struct doctor *d, enum doctor_level level, const char *advice,
	const char *format, ...)
{
	struct report text = { "" }, safe = { "" }, what = { "" };
	va_list args;

	va_start(args, format);
	vsnprintf(text.text, sizeof(text.text), format, args);
	va_end(args);
	report(&safe, JWT_OK, "%s", text.text);
	report(&what, JWT_OK, "%s", advice);
	if (!buffer_append_format(
		    d->out, "%d\t%s\t%s\n", (int)level, safe.text, what.text))
		fprintf(stderr, "jwtauthctl: too much to say\n");
}

void
doctor_say_failed(const struct doctor *d, const char *advice,
	enum jwt_reason reason, const struct report *r)
{
	doctor_say(d, DOCTOR_ERROR, advice, "%s: %s", jwt_reason_name(reason),
		r->text);
}

struct order {
	const struct doctor_check *check;
	struct doctor doctor;
};

static enum ctl_exit
run_check(const void *arg, struct buffer *out)
{
	const struct order *order = arg;
	struct doctor doctor = order->doctor;

	doctor.out = out;
	order->check->run(&doctor);
	return CTL_YES;
}

struct tally {
	size_t count[DOCTOR_ERROR + 1];
	json_t *findings; /* NULL: print them */
};

static void
print_finding(const char *name, enum doctor_level level, struct slice text,
	struct slice advice)
{
	printf("%-8s %s: %.*s\n", level_name[level], name, (int)text.len,
		(const char *)text.data);
	if (advice.len > 0)
		printf("         -> %.*s\n", (int)advice.len,
			(const char *)advice.data);
}

static bool
take_finding(struct tally *tally, const char *name, struct slice line)
{
	struct slice level, text;
	enum doctor_level found;

	if (!slice_cut(&line, '\t', &level) || level.len != 1 ||
		level.data[0] < '0' || level.data[0] > '0' + DOCTOR_ERROR ||
		!slice_cut(&line, '\t', &text))
		return false;
	found = (enum doctor_level)(level.data[0] - '0');
	tally->count[found]++;
	if (tally->findings == NULL) {
		print_finding(name, found, text, line);
		return true;
	}
	return json_array_append_new(tally->findings,
		       json_pack("{s:s, s:s, s:s%, s:s%}", "check", name,
			       "level", level_name[found], "text",
			       (const char *)text.data, text.len, "advice",
			       line.len > 0 ? (const char *)line.data : "",
			       line.len)) == 0;
}

/* A check that can't be made is an error of its own. */
static bool
take_check(struct tally *tally, const struct doctor_check *check, bool made,
	struct slice said)
{
	static const char unmade[] = "2\tthe check could not be made; see "
				     "above\t";
	struct slice line;

	if (!made)
		return take_finding(
			tally, check->name, slice_of_string(unmade));
	while (slice_cut(&said, '\n', &line))
		if (!take_finding(tally, check->name, line))
			return false;
	return true;
}

static enum ctl_exit
finish(const struct tally *tally)
{
	size_t errors = tally->count[DOCTOR_ERROR];
	size_t warnings = tally->count[DOCTOR_WARNING];

	if (tally->findings == NULL)
		printf("%zu error%s, %zu warning%s\n", errors,
			errors == 1 ? "" : "s", warnings,
			warnings == 1 ? "" : "s");
	else if (json_dumpf(tally->findings, stdout, JSON_INDENT(2)) == 0)
		putchar('\n');
	else
		return CTL_FAILED;
	return errors > 0 ? CTL_NO : CTL_YES;
}

/* All checks are made before a byte of what they say is looked at: by then
 * this process is nobody in particular. */
static enum ctl_exit
make_checks(const struct doctor *doctor, bool json)
{
	struct buffer said[JWT_COUNT(checks)];
	bool made[JWT_COUNT(checks)], good = true;
	struct tally tally = { .findings = json ? json_array() : NULL };
	struct report r = { "" };
	enum ctl_exit status;

	for (size_t i = 0; i < JWT_COUNT(checks); i++) {
		const struct order order = { &checks[i], *doctor };

		said[i] = BUFFER(SAID_MAX);
		made[i] = ctl_aside(checks[i].user, run_check, &order,
				  &said[i]) == CTL_YES;
	}
	good = privileges_drop_to(USER_CHECK, &r) == JWT_OK;
	for (size_t i = 0; i < JWT_COUNT(checks); i++) {
		good = good && take_check(&tally, &checks[i], made[i],
				       buffer_slice(&said[i]));
		buffer_free(&said[i]);
	}
	status = good ? finish(&tally) : ctl_fail(CTL_FAILED, "%s", r.text);
	json_decref(tally.findings);
	return status;
}

enum ctl_exit
ctl_doctor(int argc, char **argv)
{
	static const struct option options[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "json", no_argument, NULL, 'j' },
		{ NULL, 0, NULL, 0 },
	};
	struct doctor doctor = { .config_path = CONFIG_DEFAULT_PATH,
		.now = clock_now() };
	bool json = false;
	int option;

	optind = 0;
	opterr = 0;
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1)
		if (option == 'c')
			doctor.config_path = optarg;
		else if (option == 'j')
			json = true;
		else
			return ctl_bad_option(argv);
	if (optind < argc)
		return ctl_usage(
			"doctor: too many arguments: %s", argv[optind]);
	return make_checks(&doctor, json);
}
