// The least launcher that could be: two forks, a PID and a mount namespace, a root of five mounts, fourteen Landlock rules,
// a filter of one row with a listener. It reads no manifest, asks for no trust, and answers nobody. For comparison with
// `cordon run`:
//   cc -O2 -static -o /tmp/least bench/floor/start.c
//   hyperfine -N --warmup 5 "$node hello.js" "/tmp/least $node hello.js" "/tmp/least $node --require $PWD/dist/runtime.cjs hello.js" "bin/cordon run hello.js"
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define READ (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR | LANDLOCK_ACCESS_FS_EXECUTE)

static void must(long result, const char *what) {
  if (result >= 0) return;
  perror(what);
  _exit(125);
}

static int end_of(int child) {
  int status;
  must(waitpid(child, &status, 0), "waitpid");
  return WEXITSTATUS(status);
}

static void grant(int ruleset, const char *path) {
  int place = open(path, O_PATH | O_CLOEXEC);
  if (place < 0) return;
  struct stat found;
  must(fstat(place, &found), path);
  struct landlock_path_beneath_attr rule = {.allowed_access = S_ISDIR(found.st_mode) ? READ : READ & ~LANDLOCK_ACCESS_FS_READ_DIR, .parent_fd = place};
  must(syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0), path);
  close(place);
}

static void change_root(const char *home) {
  static const char *const shown[] = {"usr", "etc", "tmp", "dev"};
  must(mount(0, "/", 0, MS_REC | MS_PRIVATE, 0), "private mounts");
  must(mount("least", "/proc/driver", "tmpfs", 0, 0), "tmpfs");
  must(chdir("/proc/driver"), "chdir");
  for (size_t i = 0; i < sizeof shown / sizeof *shown; i++) {
    char from[16];
    snprintf(from, sizeof from, "/%s", shown[i]);
    must(mkdir(shown[i], 0755), from);
    must(mount(from, shown[i], 0, MS_BIND | MS_REC, 0), from);
  }
  must(mkdir("proc", 0755), "proc");
  must(mount("proc", "proc", "proc", 0, 0), "proc");
  must(symlink("usr/lib64", "lib64") | symlink("usr/lib", "lib"), "symlink");
  // Where the program is, if it is not in what is shown above.
  char path[4096];
  for (char *end = snprintf(path, sizeof path, "%s", home + 1) + path, *at = path; at <= end; at++) {
    if (*at != '/' && *at != 0) continue;
    char rest = *at;
    *at = 0;
    if (mkdir(path, 0755) != 0 && errno != EEXIST) must(-1, path);
    *at = rest;
  }
  must(mount(home, path, 0, MS_BIND, 0), home);
  must(syscall(SYS_pivot_root, ".", "."), "pivot_root");
  must(umount2(".", MNT_DETACH), "umount");
  must(chdir(home), home);
}

int main(int count, char **words) {
  if (count < 2) return 2;
  char *home = getcwd(0, 0);
  int outer = fork();
  must(outer, "fork");
  if (outer > 0) return end_of(outer);
  must(unshare(CLONE_NEWNS | CLONE_NEWPID), "unshare");
  int inner = fork();
  must(inner, "fork");
  if (inner > 0) _exit(end_of(inner));
  change_root(home);
  must(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no new privileges");
  struct { __u64 files, network, scoped; } handled = {(1 << 16) - 1, 3, 3};
  int ruleset = syscall(SYS_landlock_create_ruleset, &handled, sizeof handled, 0);
  must(ruleset, "ruleset");
  static const char *const granted[] = {"/usr", "/etc/ssl", "/etc/ld.so.cache", "/lib64", "/etc/localtime", "/dev/null", "/dev/urandom", "/etc/nsswitch.conf", "/etc/passwd", "/etc/hosts", "/etc/resolv.conf", "/proc", "/tmp"};
  for (size_t i = 0; i < sizeof granted / sizeof *granted; i++) grant(ruleset, granted[i]);
  grant(ruleset, home);
  must(syscall(SYS_landlock_restrict_self, ruleset, 0), "restrict");
  struct sock_filter steps[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_connect, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  struct sock_fprog filter = {sizeof steps / sizeof *steps, steps};
  must(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &filter), "filter");
  execv(words[1], words + 1);
  must(-1, words[1]);
}
