/* SPDX-License-Identifier: ISC */
/*
 * The filter: a list of calls that a checker needs, each with its reason.
 * Calls that only an intruder would make end the process; any other is
 * answered as if the kernel lacked it, so that a newer libc falls back to
 * an older way instead of locking everybody out.
 */
#include "sandbox.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <seccomp.h>
#include <string.h>
#include <sys/socket.h>

static const char *const allowed[] = {
	/* requests, replies, files, the store's connection */
	"read", "readv", "pread64", "write", "writev", "close", "lseek", "poll",
	"ppoll", "recvfrom", "recvmsg", "sendto", "sendmsg", "connect",
	"getsockopt", "setsockopt", "shutdown", "fcntl",
	/* keys, revocations, secrets: names below fixed folders */
	"openat", "open", "fstat", "newfstatat", "stat", "statx", "lstat",
	"getdents64", "access", "faccessat", "faccessat2", "readlink",
	"readlinkat",
	/* the store's high-water mark and single-use marks */
	"flock", "rename", "renameat", "renameat2", "unlink", "unlinkat",
	"fsync", "fdatasync", "fchmod", "ftruncate", "umask",
	/* the follower's many files at once */
	"syncfs",
	/* memory */
	"brk", "mmap", "munmap", "mremap", "mprotect", "madvise", "mlock",
	/* ids, time, randomness, locks */
	"getrandom", "clock_gettime", "gettimeofday", "time", "nanosleep",
	"clock_nanosleep", "futex", "getpid", "gettid", "getppid", "getuid",
	"geteuid", "getgid", "getegid", "sched_yield", "sysinfo", "uname",
	"prlimit64", "getrlimit", "rseq", "set_robust_list",
	/* signals and the idle deadline */
	"rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "sigaltstack",
	"alarm", "setitimer", "restart_syscall",
	/* the end */
	"exit", "exit_group"
};

static const char *const deadly[] = { "execve", "execveat", "fork", "vfork",
	"ptrace", "process_vm_readv", "process_vm_writev", "kill", "tkill",
	"setuid", "setgid", "setresuid", "setresgid", "setreuid", "setgroups",
	"mount", "unshare", "setns", "bpf", "perf_event_open", "init_module",
	"finit_module", "keyctl", "add_key", "request_key", "bind", "listen",
	"accept", "accept4", "chmod", "fchmodat", "chown", "fchownat",
	"symlink", "symlinkat", "link", "linkat", "mknod", "mknodat" };

static int
add_rules(scmp_filter_ctx filter, uint32_t action, const char *const *names,
	size_t count)
{
	for (size_t i = 0; i < count; i++) {
		int number = seccomp_syscall_resolve_name(names[i]);
		int error;

		if (number == __NR_SCMP_ERROR)
			continue; /* this architecture has no such call */
		error = seccomp_rule_add(filter, action, number, 0);
		if (error != 0)
			return error;
	}
	return 0;
}

/* Sockets only to the log, the fetcher and the store. */
static int
add_socket_rules(scmp_filter_ctx filter)
{
	static const unsigned families[] = { AF_UNIX, AF_INET, AF_INET6 };
	int error = 0;

	for (size_t i = 0; i < JWT_COUNT(families) && error == 0; i++)
		error = seccomp_rule_add(filter, SCMP_ACT_ALLOW,
			SCMP_SYS(socket), 1, SCMP_A0(SCMP_CMP_EQ, families[i]));
	return error;
}

static int
load_filter(void)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(ENOSYS));
	int error;

	if (filter == NULL)
		return -ENOMEM;
	error = add_rules(filter, SCMP_ACT_ALLOW, allowed, JWT_COUNT(allowed));
	if (error == 0)
		error = add_rules(filter, SCMP_ACT_KILL_PROCESS, deadly,
			JWT_COUNT(deadly));
	if (error == 0)
		error = add_socket_rules(filter);
	if (error == 0)
		error = seccomp_load(filter);
	seccomp_release(filter);
	return error;
}

enum jwt_reason
sandbox_enter(struct report *r)
{
#ifdef JWT_SANITIZED
	const int error = 0;

	(void)load_filter;
#else
	const int error = load_filter();
#endif
	if (error != 0)
		return report(r, JWT_INTERNAL_ERROR,
			"cannot load the seccomp filter: %s", strerror(-error));
	return JWT_OK;
}

void
sandbox_start_crypto(void)
{
	OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
}
