// A storm of new connections: storm PORT PER_SECOND SECONDS ADDRESSES HOLD_MS SAY, from 127.0.1.1 and up. Each is held for HOLD_MS milliseconds
// unless the server ends it, and says a whole request (`request`), the start of one (`start`) or nothing (`nothing`). Prints counts as JSON.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { MOST = 16000, EVENTS = 512, MOST_IN_A_TURN = 400 };

/** By descriptor: when it was opened (0: not ours), and whether it is connected. */
static uint64_t opened_at[65536];
static char connected[65536];
/** Descriptors in the order of their opening, with the time that tells whether the entry still means that connection. */
static struct { int fd; uint64_t opened; } queue[1 << 16];
static unsigned head, tail;
static long attempted, established, refused, ended_by_server, answered, held_to_the_end, skipped;
static int open_now;

static uint64_t now_microseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static void give_up(int fd) {
  opened_at[fd] = 0;
  close(fd);
  open_now--;
}

static void open_one(int epoll, int port, int address) {
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) { skipped++; return; }
  open_now++;
  attempted++;
  int one = 1;
  struct linger reset = {1, 0}; // No port waits for old segments, so that the storm can go on.
  setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
  setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof one);
  struct sockaddr_in from = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(0x7f000101u + (unsigned)address)};
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  bind(fd, (struct sockaddr *)&from, sizeof from);
  opened_at[fd] = now_microseconds();
  connected[fd] = 0;
  if (connect(fd, (struct sockaddr *)&to, sizeof to) < 0 && errno != EINPROGRESS) {
    refused++;
    give_up(fd);
    return;
  }
  struct epoll_event wanted = {.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, .data.fd = fd};
  epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &wanted);
  queue[tail % (1 << 16)].fd = fd;
  queue[tail++ % (1 << 16)].opened = opened_at[fd];
}

static void happened(int fd, unsigned events, const char *words) {
  if (opened_at[fd] == 0) return;
  if (!connected[fd] && (events & EPOLLERR)) {
    refused++;
    give_up(fd);
    return;
  }
  if (!connected[fd] && (events & EPOLLOUT)) {
    connected[fd] = 1;
    established++;
    if (*words != 0 && send(fd, words, strlen(words), MSG_NOSIGNAL) < 0) { /* Its end is seen below or next time. */ }
  }
  if (!(events & (EPOLLIN | EPOLLERR | EPOLLHUP | EPOLLRDHUP))) return;
  char bytes[4096];
  ssize_t size = recv(fd, bytes, sizeof bytes, 0);
  if (size > 0) answered++;
  else if (size < 0 && errno == EAGAIN) return;
  else ended_by_server++;
  give_up(fd);
}

static void end_old(uint64_t hold) {
  for (; head != tail; head++) {
    int fd = queue[head % (1 << 16)].fd;
    uint64_t opened = queue[head % (1 << 16)].opened;
    if (opened_at[fd] != opened) continue;
    if (now_microseconds() - opened < hold) return;
    if (connected[fd]) held_to_the_end++;
    give_up(fd);
  }
}

static const char *words_of(const char *say) {
  if (strcmp(say, "request") == 0) return "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
  return strcmp(say, "start") == 0 ? "GET / HTTP/1.1\r\nHost: lo" : "";
}

int main(int count, char **words) {
  if (count != 7) return 2;
  int port = atoi(words[1]), rate = atoi(words[2]), seconds = atoi(words[3]), addresses = atoi(words[4]);
  uint64_t hold = (uint64_t)atoi(words[5]) * 1000;
  const char *say = words_of(words[6]);
  struct rlimit files = {MOST + 64, MOST + 64};
  setrlimit(RLIMIT_NOFILE, &files);
  int epoll = epoll_create1(EPOLL_CLOEXEC);
  uint64_t began = now_microseconds(), end = began + (uint64_t)seconds * 1000000, now = began;
  double due = 0;
  struct epoll_event events[EVENTS];
  for (uint64_t last = began; now < end; last = now, now = now_microseconds()) {
    due += (double)(now - last) * rate / 1e6;
    if (due > rate) due = rate; // A pause of the machine is not made up for by a burst.
    for (int turn = 0; due >= 1 && turn < MOST_IN_A_TURN && open_now < MOST; turn++, due--) open_one(epoll, port, (int)(attempted % addresses));
    int ready = epoll_wait(epoll, events, EVENTS, 1);
    for (int index = 0; index < ready; index++) happened(events[index].data.fd, events[index].events, say);
    end_old(hold);
  }
  printf("{\"attempted\":%ld,\"established\":%ld,\"refused\":%ld,\"endedByServer\":%ld,\"answered\":%ld,\"heldToTheEnd\":%ld,\"stillOpen\":%d,\"seconds\":%.2f}\n",
         attempted, established, refused, ended_by_server, answered, held_to_the_end, open_now, (double)(now - began) / 1e6);
  return 0;
}
