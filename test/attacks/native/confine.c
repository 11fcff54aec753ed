// Starts a program in the surroundings that a run of the battery asks for, in the order of the options:
//   --network                own network and mount namespace, loopback up
//   --address=A              one more address of this machine, in that namespace
//   --bind=FILE:OVER         FILE is seen at OVER, in that namespace
//   --filter=FILE            a seccomp filter (struct sock_filter[]), as a container's
//   --listener               a seccomp filter whose notifications someone else hears
//   --capabilities=HEX       the bounding set, nothing beyond it
//   --user=UID:GID           who runs it
//   --no-new-privileges
//   --descriptor=N:PATH      PATH is open as descriptor N
//   --terminal               the program has a terminal of its own; what is typed into it is shown at the end
//   --stand-in               stays its parent, as a launcher would
//   --companion              another process is in the program's process group; it says TOUCHED when something is done to it
//   --output=PATH            the program's standard output is PATH, for writing only
//   --reaper                 stays its ancestor; what is left at the end is killed and counted on descriptor 3
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

static void fail(const char *what) { fprintf(stderr, "confine: %s: %s\n", what, strerror(errno)); exit(124); }
static long must(long result, const char *what) { if (result < 0) fail(what); return result; }

static void own_network(void) {
  must(unshare(CLONE_NEWNET | CLONE_NEWNS), "unshare");
  must(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), "mount private");
  int socket_ = (int)must(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), "socket");
  struct ifreq request = {.ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING};
  must(ioctl(socket_, SIOCSIFFLAGS, &request), "loopback up");
  close(socket_);
}

struct in6_request { struct in6_addr address; uint32_t prefix; int index; };

static void add_address(const char *text) {
  static int aliases = 0;
  struct in6_request six = {.prefix = 128, .index = (int)if_nametoindex("lo")};
  struct sockaddr_in four = {.sin_family = AF_INET};
  if (inet_pton(AF_INET6, text, &six.address) == 1) {
    int socket_ = (int)must(socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0), "socket");
    must(ioctl(socket_, SIOCSIFADDR, &six), text);
    close(socket_);
    return;
  }
  if (inet_pton(AF_INET, text, &four.sin_addr) != 1) { errno = EINVAL; fail(text); }
  int socket_ = (int)must(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), "socket");
  struct ifreq request = {0};
  snprintf(request.ifr_name, sizeof request.ifr_name, "lo:%d", ++aliases);
  memcpy(&request.ifr_addr, &four, sizeof four);
  must(ioctl(socket_, SIOCSIFADDR, &request), text);
  four.sin_addr.s_addr = 0xffffffff;
  memcpy(&request.ifr_netmask, &four, sizeof four);
  must(ioctl(socket_, SIOCSIFNETMASK, &request), text);
  close(socket_);
}

static void bind_over(char *pair) {
  char *over = strchr(pair, ':');
  if (over == NULL) { errno = EINVAL; fail(pair); }
  *over++ = 0;
  must(mount(pair, over, NULL, MS_BIND, NULL), over);
}

static void install(struct sock_fprog *program) {
  if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, program) == 0) return;
  must(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no new privileges");
  must(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, program), "filter");
}

static void filter_from(const char *path) {
  static struct sock_filter steps[4096];
  int file = (int)must(open(path, O_RDONLY | O_CLOEXEC), path);
  ssize_t length = must(read(file, steps, sizeof steps), path);
  close(file);
  struct sock_fprog program = {.len = (unsigned short)((size_t)length / sizeof *steps), .filter = steps};
  install(&program);
}

static void foreign_listener(void) {
  struct sock_filter allow = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
  struct sock_fprog program = {.len = 1, .filter = &allow};
  // An ordinary user may install filters only so.
  must(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no new privileges");
  int listener = (int)must(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &program), "listener");
  // Without close-on-exec: this is what a program inside would look for.
  must(dup2(listener, 77), "dup2");
  if (listener != 77) close(listener);
}

static void bound_capabilities(const char *text) {
  unsigned long keep = strtoul(text, NULL, 16);
  for (int capability = 0; capability < 64; capability++)
    if (!(keep >> capability & 1)) prctl(PR_CAPBSET_DROP, capability, 0, 0, 0);
}

static void become(char *text) {
  char *group = strchr(text, ':');
  gid_t gid = (gid_t)atoi(group ? group + 1 : text);
  must(setgroups(0, NULL), "setgroups");
  must(setgid(gid), "setgid");
  must(setuid((uid_t)atoi(text)), "setuid");
}

static void open_as(char *text) {
  char *path = strchr(text, ':');
  if (path == NULL) { errno = EINVAL; fail(text); }
  int wanted = atoi(text);
  int file = (int)must(open(path + 1, O_RDONLY | O_CLOEXEC), path + 1);
  must(dup2(file, wanted), path + 1);
}

static void touched(int signal_) { (void)signal_; if (write(2, "TOUCHED\n", 8) < 0) _exit(1); }

// A neighbour in a pipeline, say: of the same group, and no business of the program's.
static void companion(void) {
  must(setpgid(0, 0), "setpgid");
  pid_t leader = getpid();
  if (must(fork(), "fork") != 0) { usleep(100000); return; }
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  for (int signal_ = 1; signal_ < 32; signal_++) if (signal_ != SIGCHLD && signal_ != SIGCONT) signal(signal_, touched);
  int before = getpriority(PRIO_PROCESS, 0);
  // It lives as long as the launcher, and no longer than a minute.
  for (int turn = 0; turn < 600 && getppid() == leader; turn++) {
    usleep(100000);
    if (getpriority(PRIO_PROCESS, 0) != before) { touched(0); break; }
  }
  _exit(0);
}

static void output_to(const char *path) {
  int file = (int)must(open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600), path);
  must(dup2(file, 1), path);
}

static pid_t child;
static void forward(int signal_) { if (child > 0) kill(child, signal_); }

static int code_of(int status) { return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status); }

// In the child: returns. In the parent: waits for the child's end, and ends as it did.
static void stand_in(void) {
  // A change of user made us undumpable, which would protect us as only a launcher of cordon's is protected.
  must(prctl(PR_SET_DUMPABLE, 1, 0, 0, 0), "dumpable");
  child = (pid_t)must(fork(), "fork");
  if (child == 0) return;
  signal(SIGTERM, forward);
  signal(SIGHUP, forward);
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
  exit(code_of(status));
}

// Children of mine, which after the program's end are those that it left behind.
static int each_child(int (*visit)(pid_t)) {
  char path[64], text[65536];
  snprintf(path, sizeof path, "/proc/self/task/%d/children", getpid());
  int file = open(path, O_RDONLY | O_CLOEXEC);
  ssize_t length = file < 0 ? 0 : read(file, text, sizeof text - 1);
  if (file >= 0) close(file);
  int seen = 0;
  text[length > 0 ? length : 0] = 0;
  for (char *word = strtok(text, " "); word != NULL; word = strtok(NULL, " ")) seen += visit((pid_t)atoi(word));
  return seen;
}

static int kill_it(pid_t pid) { return kill(pid, SIGKILL) == 0; }
static int is_alive(pid_t pid) {
  char path[64], text[512] = "";
  snprintf(path, sizeof path, "/proc/%d/stat", pid);
  int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file >= 0) { if (read(file, text, sizeof text - 1) < 0) text[0] = 0; close(file); }
  char *state = strrchr(text, ')');
  return state != NULL && state[2] != 'Z';
}

static void reaper(void) {
  must(prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0), "subreaper");
  child = (pid_t)must(fork(), "fork");
  if (child == 0) { fcntl(3, F_SETFD, FD_CLOEXEC); return; }
  signal(SIGTERM, forward);
  int status = 0, ended = 0;
  for (;;) {
    int other = 0;
    pid_t gone = waitpid(-1, &other, 0);
    if (gone < 0 && errno == EINTR) continue;
    if (gone == child) { status = other; ended = 1; }
    if (ended) break;
    if (gone < 0) break;
  }
  // The jail's own end may take a second without a PID namespace: what lives longer was left behind.
  for (int wait = 0; wait < 20 && each_child(is_alive) > 0; wait++) { usleep(100000); while (waitpid(-1, NULL, WNOHANG) > 0) continue; }
  int left = each_child(is_alive);
  while (each_child(kill_it) > 0) { usleep(20000); while (waitpid(-1, NULL, WNOHANG) > 0) continue; }
  dprintf(3, "%d\n", left);
  exit(code_of(status));
}

// The program gets a terminal; its output is ours, and what waits in the terminal's input at the end is shown.
static void terminal(void) {
  int master = (int)must(posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC), "posix_openpt");
  must(grantpt(master) | unlockpt(master), "unlockpt");
  char name[64];
  must(ptsname_r(master, name, sizeof name), "ptsname");
  int slave = (int)must(open(name, O_RDWR | O_NOCTTY | O_CLOEXEC), name);
  struct termios plain;
  must(tcgetattr(slave, &plain), "tcgetattr");
  plain.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
  plain.c_oflag &= ~(tcflag_t)OPOST;
  must(tcsetattr(slave, TCSANOW, &plain), "tcsetattr");
  child = (pid_t)must(fork(), "fork");
  if (child == 0) {
    must(setsid(), "setsid");
    must(ioctl(slave, TIOCSCTTY, 0), "controlling terminal");
    for (int i = 0; i < 3; i++) must(dup2(slave, i), "dup2");
    return;
  }
  char text[4096];
  int status = 0, waited = 0;
  for (;;) {
    struct pollfd news = {.fd = master, .events = POLLIN};
    if (poll(&news, 1, 100) > 0 && news.revents & POLLIN) {
      ssize_t length = read(master, text, sizeof text);
      if (length > 0 && write(1, text, (size_t)length) < 0) break;
      continue;
    }
    if (waited) break;
    waited = waitpid(child, &status, WNOHANG) == child;
  }
  int pushed = 0;
  ioctl(slave, FIONREAD, &pushed);
  if (pushed > 0) {
    ssize_t length = read(slave, text, sizeof text);
    dprintf(1, "TYPED:%.*s\n", (int)(length > 0 ? length : 0), text);
  }
  exit(code_of(status));
}

int main(int count, char **words) {
  int i = 1;
  for (; i < count && strcmp(words[i], "--") != 0; i++) {
    char *word = words[i], *value = strchr(word, '=');
    if (value != NULL) value++;
    if (strcmp(word, "--network") == 0) own_network();
    else if (strncmp(word, "--address=", 10) == 0) add_address(value);
    else if (strncmp(word, "--bind=", 7) == 0) bind_over(value);
    else if (strncmp(word, "--filter=", 9) == 0) filter_from(value);
    else if (strcmp(word, "--listener") == 0) foreign_listener();
    else if (strncmp(word, "--capabilities=", 15) == 0) bound_capabilities(value);
    else if (strncmp(word, "--user=", 7) == 0) become(value);
    else if (strcmp(word, "--no-new-privileges") == 0) must(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), word);
    else if (strncmp(word, "--descriptor=", 13) == 0) open_as(value);
    else if (strcmp(word, "--terminal") == 0) terminal();
    else if (strcmp(word, "--stand-in") == 0) stand_in();
    else if (strcmp(word, "--companion") == 0) companion();
    else if (strncmp(word, "--output=", 9) == 0) output_to(value);
    else if (strcmp(word, "--reaper") == 0) reaper();
    else { fprintf(stderr, "confine: unknown option %s\n", word); return 124; }
  }
  if (i + 1 >= count) { fprintf(stderr, "confine: no program\n"); return 124; }
  execvp(words[i + 1], words + i + 1);
  fail(words[i + 1]);
}
