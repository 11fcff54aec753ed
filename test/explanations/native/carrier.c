// Native code that unpacks other native code into a cache and loads it from there, as @swc/core does from 1.16 on.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <node_api.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void unpack(const char *from, const char *to) {
  char buffer[1 << 16];
  int source = open(from, O_RDONLY), target = open(to, O_WRONLY | O_CREAT | O_TRUNC, 0600);
  for (ssize_t length; (length = read(source, buffer, sizeof buffer)) > 0;) {
    if (write(target, buffer, length) != length) break;
  }
  close(source);
  close(target);
}

// The folders as @swc/core names them, in `cache`.
static void place(const char *cache, char *path, size_t size) {
  snprintf(path, size, "%s", cache);
  mkdir(path, 0700);
  snprintf(path, size, "%s/swc-native-0", cache);
  mkdir(path, 0700);
  snprintf(path, size, "%s/swc-native-0/v1", cache);
  mkdir(path, 0700);
  snprintf(path, size, "%s/swc-native-0/v1/072bb3b2.node", cache);
}

NAPI_MODULE_INIT() {
  Dl_info self;
  dladdr((void *)napi_register_module_v1, &self);
  char packed[4096], fallback[4096], path[8192];
  snprintf(packed, sizeof packed, "%s.packed", self.dli_fname);
  snprintf(fallback, sizeof fallback, "%s/.cache", getenv("HOME"));
  const char *wish = getenv("SWC_NATIVE_BINDING_CACHE");
  place(wish != NULL ? wish : fallback, path, sizeof path);
  unpack(packed, path);
  void *library = dlopen(path, RTLD_NOW);
  napi_value (*begin)(napi_env, napi_value) = NULL;
  if (library != NULL) *(void **)&begin = dlsym(library, "napi_register_module_v1");
  if (begin != NULL) return begin(env, exports);
  char message[16384];
  snprintf(message, sizeof message, "SWC native addon: load verified addon %s: %s", path, dlerror());
  napi_throw_error(env, "ERR_SWC_NATIVE_LOAD", message);
  return NULL;
}
