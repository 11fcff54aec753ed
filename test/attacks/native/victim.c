// A process outside the jail that nobody may touch: it tells of each signal it gets, and holds secrets in all the
// places that another process might read.
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/prctl.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/syscall.h>
#include <unistd.h>

static void tell(int signal) {
  char text[] = "signal 00\n";
  text[7] = (char)('0' + signal / 10);
  text[8] = (char)('0' + signal % 10);
  if (write(1, text, sizeof text - 1) < 0) _exit(1);
}

// victim SECRET KEY: says "ready <address of the secret> <descriptor> <shared memory>", then waits.
int main(int count, char **words) {
  if (count < 3) return 1;
  for (int signal = 1; signal < 65; signal++) {
    struct sigaction action = {.sa_handler = tell};
    if (signal != SIGKILL && signal != SIGSTOP && signal != SIGCHLD && signal != 32 && signal != 33) sigaction(signal, &action, NULL);
  }
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  char *memory = strdup(words[1]);
  int file = memfd_create("victim", 0);
  if (file < 0 || write(file, memory, strlen(memory)) < 0) return 1;
  int key = atoi(words[2]);
  int shared = shmget(key, 4096, IPC_CREAT | 0600);
  char *page = shared < 0 ? NULL : shmat(shared, NULL, 0);
  if (page != NULL && page != (void *)-1) strcpy(page, memory);
  int queue = msgget(key, IPC_CREAT | 0600);
  struct { long type; char text[128]; } message = {.type = 1};
  snprintf(message.text, sizeof message.text, "%s", memory);
  if (queue >= 0) msgsnd(queue, &message, sizeof message.text, IPC_NOWAIT);
  int semaphore = semget(key, 1, IPC_CREAT | 0600);
  char name[64];
  snprintf(name, sizeof name, "cordon-%d", key);
  // -4: the user's keyring; the mask lets the same user read without possession.
  long secret = syscall(SYS_add_key, "user", name, memory, strlen(memory), -4);
  if (secret >= 0) syscall(SYS_keyctl, 5, secret, 0x3f3f0000);
  printf("ready %p %d %d\n", (void *)memory, file, shared);
  fflush(stdout);
  char gone;
  // Standard input is the battery's: it ends when the battery has seen enough.
  while (read(0, &gone, 1) < 0) continue;
  if (shared >= 0) shmctl(shared, IPC_RMID, NULL);
  if (secret >= 0) syscall(SYS_keyctl, 9, secret, -4);
  if (queue >= 0) msgctl(queue, IPC_RMID, NULL);
  if (semaphore >= 0) {
    printf("semaphore %d\n", semctl(semaphore, 0, GETVAL));
    semctl(semaphore, 0, IPC_RMID);
  }
  return 0;
}
