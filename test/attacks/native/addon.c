// The native place of the attack battery: makes system calls directly, without the engine's JavaScript in between.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <node_api.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define MOST_CALLS 32

// One call of a sequence; `from[i]` is the earlier call whose result is argument i, or -1.
struct call { long number; long argument[6]; int from[6]; };
struct sequence { int count; struct call calls[MOST_CALLS]; long results[MOST_CALLS]; };

static napi_value number(napi_env env, long value) {
  napi_value result;
  napi_create_int64(env, value, &result);
  return result;
}

// A number, a bigint, or the address of a buffer's bytes.
static long argument(napi_env env, napi_value value) {
  napi_valuetype type;
  napi_typeof(env, value, &type);
  if (type == napi_number) { int64_t result = 0; napi_get_value_int64(env, value, &result); return result; }
  if (type == napi_bigint) { uint64_t result = 0; bool exact; napi_get_value_bigint_uint64(env, value, &result, &exact); return (long)result; }
  bool is_buffer = false;
  if (type == napi_object && napi_is_buffer(env, value, &is_buffer) == napi_ok && is_buffer) {
    void *data = NULL;
    napi_get_buffer_info(env, value, &data, NULL);
    return (long)data;
  }
  return 0;
}

static long one_call(long number, const long *a) {
  long result = syscall(number, a[0], a[1], a[2], a[3], a[4], a[5]);
  return result == -1 ? -errno : result;
}

// syscall(number, ...arguments): the result, or the negative errno.
static napi_value make_call(napi_env env, napi_callback_info info) {
  size_t count = 7;
  napi_value values[7];
  napi_get_cb_info(env, info, &count, values, NULL, NULL);
  long numbers[7] = {0};
  for (size_t i = 0; i < count; i++) numbers[i] = argument(env, values[i]);
  return number(env, one_call(numbers[0], numbers + 1));
}

static void run_sequence(struct sequence *sequence) {
  for (int i = 0; i < sequence->count; i++) {
    struct call *call = &sequence->calls[i];
    for (int j = 0; j < 6; j++)
      if (call->from[j] >= 0 && call->from[j] < i) call->argument[j] = sequence->results[call->from[j]];
    sequence->results[i] = one_call(call->number, call->argument);
  }
}

static void *thread_main(void *sequence) { run_sequence(sequence); return NULL; }

static void parse_call(napi_env env, napi_value array, struct call *call) {
  uint32_t length = 0;
  napi_get_array_length(env, array, &length);
  for (uint32_t j = 0; j < length && j < 7; j++) {
    napi_value item, from;
    bool refers = false;
    napi_get_element(env, array, j, &item);
    napi_valuetype type;
    napi_typeof(env, item, &type);
    if (type == napi_object) napi_has_named_property(env, item, "result", &refers);
    if (j == 0) { call->number = argument(env, item); continue; }
    if (refers) { napi_get_named_property(env, item, "result", &from); call->from[j - 1] = (int)argument(env, from); continue; }
    call->argument[j - 1] = argument(env, item);
  }
}

// sequence("here" | "thread" | "fork", [[number, ...arguments], ...]): the results; {result: i} stands for an earlier one.
static napi_value make_sequence(napi_env env, napi_callback_info info) {
  size_t count = 2;
  napi_value values[2];
  char where[16] = "";
  napi_get_cb_info(env, info, &count, values, NULL, NULL);
  napi_get_value_string_utf8(env, values[0], where, sizeof where, NULL);
  struct sequence *sequence = mmap(NULL, sizeof *sequence, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  memset(sequence, 0, sizeof *sequence);
  uint32_t length = 0;
  napi_get_array_length(env, values[1], &length);
  sequence->count = length < MOST_CALLS ? (int)length : MOST_CALLS;
  for (int i = 0; i < sequence->count; i++) {
    napi_value item;
    for (int j = 0; j < 6; j++) sequence->calls[i].from[j] = -1;
    napi_get_element(env, values[1], (uint32_t)i, &item);
    parse_call(env, item, &sequence->calls[i]);
    sequence->results[i] = -ECANCELED;
  }
  if (strcmp(where, "thread") == 0) {
    pthread_t thread;
    if (pthread_create(&thread, NULL, thread_main, sequence) == 0) pthread_join(thread, NULL);
  } else if (strcmp(where, "fork") == 0) {
    long child = syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
    if (child == 0) { run_sequence(sequence); syscall(SYS_exit_group, 0); }
    if (child > 0) syscall(SYS_wait4, child, NULL, __WALL, NULL);
    if (child < 0) sequence->results[0] = -errno;
  } else {
    run_sequence(sequence);
  }
  napi_value results;
  napi_create_array_with_length(env, (size_t)sequence->count, &results);
  for (int i = 0; i < sequence->count; i++) napi_set_element(env, results, (uint32_t)i, number(env, sequence->results[i]));
  munmap(sequence, sizeof *sequence);
  return results;
}

static void *crowd_member(void *call) {
  struct call *own = call;
  one_call(own->number, own->argument);
  return NULL;
}

// crowd(threads, number, ...arguments): each thread makes the call, and nobody waits for them. How many could be started.
static napi_value make_crowd(napi_env env, napi_callback_info info) {
  size_t count = 8;
  napi_value values[8];
  napi_get_cb_info(env, info, &count, values, NULL, NULL);
  struct call *call = calloc(1, sizeof *call);
  for (size_t i = 1; i < count; i++) *(i == 1 ? &call->number : &call->argument[i - 2]) = argument(env, values[i]);
  pthread_attr_t small;
  pthread_attr_init(&small);
  pthread_attr_setstacksize(&small, 64 * 1024);
  pthread_attr_setdetachstate(&small, PTHREAD_CREATE_DETACHED);
  long started = 0, wanted = argument(env, values[0]);
  for (pthread_t thread; started < wanted && pthread_create(&thread, &small, crowd_member, call) == 0; started++);
  pthread_attr_destroy(&small);
  return number(env, started);
}

// split(number, ...arguments): a call that makes a process; the new one ends at once. Its id, or the negative errno.
static napi_value make_process(napi_env env, napi_callback_info info) {
  size_t count = 7;
  napi_value values[7];
  napi_get_cb_info(env, info, &count, values, NULL, NULL);
  long numbers[7] = {0};
  for (size_t i = 0; i < count; i++) numbers[i] = argument(env, values[i]);
  long child = one_call(numbers[0], numbers + 1);
  if (child == 0) syscall(SYS_exit_group, 0);
  if (child > 0) syscall(SYS_wait4, child, NULL, __WALL, NULL);
  return number(env, child);
}

// A thread that keeps exchanging two things while JavaScript makes calls.
enum kind { MEMORY, DESCRIPTOR, NAMES };
struct flipper {
  pthread_t thread;
  atomic_int stop;
  enum kind kind;
  char *memory, one[256], other[256];
  size_t length;
  int target, first, second;
};

static void *flip_main(void *pointer) {
  struct flipper *flipper = pointer;
  for (unsigned turn = 0; !atomic_load(&flipper->stop); turn++) {
    if (flipper->kind == MEMORY) memcpy(flipper->memory, turn & 1 ? flipper->other : flipper->one, flipper->length);
    if (flipper->kind == DESCRIPTOR) syscall(SYS_dup2, turn & 1 ? flipper->second : flipper->first, flipper->target);
    if (flipper->kind == NAMES) syscall(SYS_renameat2, AT_FDCWD, flipper->one, AT_FDCWD, flipper->other, 2);
  }
  return NULL;
}

static napi_value start_flipper(napi_env env, struct flipper *flipper) {
  napi_value result;
  pthread_create(&flipper->thread, NULL, flip_main, flipper);
  napi_create_bigint_uint64(env, (uint64_t)flipper, &result);
  return result;
}

// flipMemory(buffer, one, other): the buffer holds now the one, now the other.
static napi_value flip_memory(napi_env env, napi_callback_info info) {
  size_t count = 3, length = 0;
  napi_value values[3];
  void *one, *other, *memory;
  napi_get_cb_info(env, info, &count, values, NULL, NULL);
  napi_get_buffer_info(env, values[0], &memory, NULL);
  napi_get_buffer_info(env, values[1], &one, &length);
  napi_get_buffer_info(env, values[2], &other, NULL);
  struct flipper *flipper = calloc(1, sizeof *flipper);
  flipper->kind = MEMORY;
  flipper->memory = memory;
  flipper->length = length < 256 ? length : 256;
  memcpy(flipper->one, one, flipper->length);
  memcpy(flipper->other, other, flipper->length);
  return start_flipper(env, flipper);
}

// flipDescriptor(target, first, second): descriptor `target` is now the first, now the second.
static napi_value flip_descriptor(napi_env env, napi_callback_info info) {
  size_t count = 3;
  napi_value values[3];
  napi_get_cb_info(env, info, &count, values, NULL, NULL);
  struct flipper *flipper = calloc(1, sizeof *flipper);
  flipper->kind = DESCRIPTOR;
  flipper->target = (int)argument(env, values[0]);
  flipper->first = (int)argument(env, values[1]);
  flipper->second = (int)argument(env, values[2]);
  return start_flipper(env, flipper);
}

// flipNames(one, other): two paths change places again and again.
static napi_value flip_names(napi_env env, napi_callback_info info) {
  size_t count = 2;
  napi_value values[2];
  napi_get_cb_info(env, info, &count, values, NULL, NULL);
  struct flipper *flipper = calloc(1, sizeof *flipper);
  flipper->kind = NAMES;
  napi_get_value_string_utf8(env, values[0], flipper->one, sizeof flipper->one, NULL);
  napi_get_value_string_utf8(env, values[1], flipper->other, sizeof flipper->other, NULL);
  return start_flipper(env, flipper);
}

static napi_value stop_flipper(napi_env env, napi_callback_info info) {
  size_t count = 1;
  napi_value value, undefined;
  napi_get_cb_info(env, info, &count, &value, NULL, NULL);
  struct flipper *flipper = (struct flipper *)argument(env, value);
  atomic_store(&flipper->stop, 1);
  pthread_join(flipper->thread, NULL);
  free(flipper);
  napi_get_undefined(env, &undefined);
  return undefined;
}

// address(buffer): where its bytes are, as a bigint.
static napi_value address_of(napi_env env, napi_callback_info info) {
  size_t count = 1;
  napi_value value, result;
  napi_get_cb_info(env, info, &count, &value, NULL, NULL);
  napi_create_bigint_uint64(env, (uint64_t)argument(env, value), &result);
  return result;
}

// memory(address, length): a copy of those bytes of this process.
static napi_value copy_memory(napi_env env, napi_callback_info info) {
  size_t count = 2;
  napi_value values[2], result;
  napi_get_cb_info(env, info, &count, values, NULL, NULL);
  napi_create_buffer_copy(env, (size_t)argument(env, values[1]), (void *)argument(env, values[0]), NULL, &result);
  return result;
}

extern char **environ;

// environment(): what this process's C library holds, as one text.
static napi_value environment(napi_env env, napi_callback_info info) {
  (void)info;
  static char text[1 << 16];
  size_t used = 0;
  for (char **entry = environ; *entry && used < sizeof text - 1; entry++) {
    int wrote = snprintf(text + used, sizeof text - used, "%s\n", *entry);
    if (wrote < 0) break;
    used += (size_t)wrote < sizeof text - used ? (size_t)wrote : sizeof text - used - 1;
  }
  napi_value result;
  napi_create_string_utf8(env, text, used, &result);
  return result;
}

// interrupt(number, a, b, c): a call by the 32-bit door, int 0x80; pointers must lie below 4 GiB.
static napi_value interrupt(napi_env env, napi_callback_info info) {
  size_t count = 4;
  napi_value values[4];
  napi_get_cb_info(env, info, &count, values, NULL, NULL);
  long result = -ENOSYS;
#ifdef __x86_64__
  long a[4] = {0};
  for (size_t i = 0; i < count; i++) a[i] = argument(env, values[i]);
  __asm__ volatile("int $0x80" : "=a"(result) : "a"(a[0]), "b"(a[1]), "c"(a[2]), "d"(a[3]) : "memory", "r8", "r9", "r10", "r11");
  result = (int)result;
#endif
  return number(env, result);
}

static napi_value start(napi_env env, napi_value exports) {
  const struct { const char *name; napi_callback function; } doors[] = {
    {"syscall", make_call}, {"sequence", make_sequence}, {"split", make_process}, {"flipMemory", flip_memory}, {"flipDescriptor", flip_descriptor},
    {"flipNames", flip_names}, {"stop", stop_flipper}, {"address", address_of}, {"memory", copy_memory},
    {"crowd", make_crowd}, {"environment", environment}, {"interrupt", interrupt},
  };
  for (size_t i = 0; i < sizeof doors / sizeof *doors; i++) {
    napi_value function;
    napi_create_function(env, doors[i].name, NAPI_AUTO_LENGTH, doors[i].function, NULL, &function);
    napi_set_named_property(env, exports, doors[i].name, function);
  }
  return exports;
}

NAPI_MODULE(NODE_GYP_MODULE_NAME, start)
