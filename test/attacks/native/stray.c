// A library that no manifest of the battery grants: addon, SQLite extension and OpenSSL provider to whoever loads it.
// Its constructor says STRAY_TOKEN backwards, so that being loaded is seen even where its caller sees an error.
#include <node_api.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

__attribute__((constructor)) static void loaded(void) {
  char text[64];
  const char *token = getenv("STRAY_TOKEN");
  size_t length = token == NULL ? 0 : strlen(token);
  if (length == 0 || length >= sizeof text) return;
  for (size_t i = 0; i < length; i++) text[i] = token[length - 1 - i];
  if (write(1, text, length) < 0) _exit(1);
}

static napi_value start(napi_env env, napi_value exports) { (void)env; return exports; }

NAPI_MODULE(NODE_GYP_MODULE_NAME, start)
