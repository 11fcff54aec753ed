// The least that a datagram can cost when a broker sends it, and what the steps of cordon's broker cost beside that.
// Prints one line for each step, `name microseconds`: medians of interleaved rounds.
//   cc -O2 -pthread -o /tmp/datagrams bench/floor/datagrams.c && /tmp/datagrams
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/kcmp.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define ROUNDS 15
#define CALLS 20000
// sendmsg with this flag is notified, without it it is not: so one process measures both by turns.
#define NOTIFIED MSG_CONFIRM
// As above; and the supervisor only answers.
#define NOTHING MSG_OOB
#define SYNC_WAKE_UP 1UL
#ifndef SECCOMP_IOCTL_NOTIF_SET_FLAGS
#define SECCOMP_IOCTL_NOTIF_SET_FLAGS _IOW('!', 4, uint64_t)
#endif

static void must(int fine, const char *what) {
  if (!fine) {
    perror(what);
    exit(1);
  }
}

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1e6 + time.tv_nsec / 1e3;
}

static int compare(const void *one, const void *other) {
  double difference = *(const double *)one - *(const double *)other;
  return difference < 0 ? -1 : difference > 0;
}

static double median(double *values) {
  qsort(values, ROUNDS, sizeof *values, compare);
  return values[ROUNDS / 2];
}

// A socket on loopback that nobody reads: what is too much for it is dropped, as the kernel does.
static struct sockaddr_in sink(void) {
  struct sockaddr_in name = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t length = sizeof name;
  int socket_ = socket(AF_INET, SOCK_DGRAM, 0);
  must(bind(socket_, (struct sockaddr *)&name, sizeof name) == 0, "bind");
  must(getsockname(socket_, (struct sockaddr *)&name, &length) == 0, "getsockname");
  return name;
}

static int make_filter(void) {
  struct sock_filter program[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_sendmsg, 0, 2),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[2])),
      BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, NOTIFIED | NOTHING, 1, 0),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
  };
  struct sock_fprog filter = {sizeof program / sizeof *program, program};
  must(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0, "no_new_privs");
  return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &filter);
}

// Answers, and sends with what it has: it reads no memory, fetches no socket, asks nothing.
static void serve(int listener, int socket_, const struct msghdr *message) {
  uint64_t flags = SYNC_WAKE_UP;
  ioctl(listener, SECCOMP_IOCTL_NOTIF_SET_FLAGS, flags);
  for (;;) {
    struct {
      struct seccomp_notif notification;
      char more[512];
    } received = {0};
    if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &received) != 0) exit(0);
    struct seccomp_notif_resp answer = {.id = received.notification.id};
    if (received.notification.data.args[2] & NOTIFIED) answer.val = sendmsg(socket_, message, 0);
    ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &answer);
  }
}

static double sends(int socket_, const struct msghdr *message, int flags) {
  double before = now();
  for (int n = 0; n < CALLS; n++) sendmsg(socket_, message, flags);
  return (now() - before) / CALLS;
}

// What the broker does beside: on the process `other`, of whose descriptors `number` is a socket.
static double step(int which, int handle, pid_t other, int number, int kept, char *memory) {
  char bytes[256];
  struct iovec local[3] = {{bytes, 56}, {bytes + 64, 16}, {bytes + 96, 16}}, remote[3] = {{memory, 56}, {memory + 64, 16}, {memory + 96, 16}};
  uint64_t cookie;
  double before = now();
  for (int n = 0; n < CALLS; n++) {
    socklen_t length = sizeof cookie;
    switch (which) {
      case 0: process_vm_readv(other, local, 3, remote, 3, 0); break;
      case 1: close(syscall(SYS_pidfd_getfd, handle, number, 0)); break;
      case 2: getsockopt(kept, SOL_SOCKET, SO_COOKIE, &cookie, &length); break;
      case 3: syscall(SYS_kcmp, other, getpid(), KCMP_FILE, number, kept); break;
    }
  }
  return (now() - before) / CALLS;
}

static void measure_steps(int socket_) {
  static const char *names[] = {"copy three pieces of memory", "fetch a descriptor and close it", "ask a socket's cookie", "compare two descriptors"};
  static char memory[256];
  static double taken[4][ROUNDS];
  pid_t other = fork();
  if (other == 0) {
    pause();
    exit(0);
  }
  int handle = syscall(SYS_pidfd_open, other, 0);
  for (int round = 0; round < ROUNDS; round++)
    for (int which = 0; which < 4; which++) taken[which][round] = step(which, handle, other, socket_, socket_, memory);
  for (int which = 0; which < 4; which++) printf("%-34s %6.2f\n", names[which], median(taken[which]));
  kill(other, SIGKILL);
  waitpid(other, NULL, 0);
}

int main(void) {
  struct sockaddr_in name = sink();
  char data[] = "echo";
  struct iovec part = {data, 4};
  struct msghdr message = {.msg_name = &name, .msg_namelen = sizeof name, .msg_iov = &part, .msg_iovlen = 1};
  int socket_ = socket(AF_INET, SOCK_DGRAM, 0);
  measure_steps(socket_);
  int *shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  shared[0] = -1;
  pid_t target = fork();
  if (target == 0) {
    static double bare[ROUNDS], again[ROUNDS], nothing[ROUNDS], sent[ROUNDS];
    shared[0] = make_filter();
    sends(socket_, &message, NOTIFIED);
    for (int round = 0; round < ROUNDS; round++) {
      bare[round] = sends(socket_, &message, 0);
      nothing[round] = sends(socket_, &message, NOTHING);
      sent[round] = sends(socket_, &message, NOTIFIED);
      again[round] = sends(socket_, &message, 0);
    }
    double one = median(bare), least = median(sent);
    printf("%-34s %6.2f\n%-34s %6.2f\n%-34s %6.2f\n%-34s %6.2f\n", "send", one, "send again (the noise)", median(again), "a notification, answered at once", median(nothing), "a notification and the send", least);
    printf("%-34s %6.2f\n", "best ratio of sends alone", one / least);
    fflush(stdout);
    _exit(0);
  }
  int handle = syscall(SYS_pidfd_open, target, 0), listener = -1;
  while (shared[0] < 0) usleep(1000);
  listener = syscall(SYS_pidfd_getfd, handle, shared[0], 0);
  must(listener >= 0, "fetch the listener");
  serve(listener, socket_, &message);
}
