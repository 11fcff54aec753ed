// What carrier.c unpacks.
#include <node_api.h>

static napi_value answer(napi_env env, napi_callback_info info) {
  (void)info;
  napi_value text;
  napi_create_string_utf8(env, "var a = 1;", NAPI_AUTO_LENGTH, &text);
  return text;
}

NAPI_MODULE_INIT() {
  napi_value function;
  napi_create_function(env, "transformSync", NAPI_AUTO_LENGTH, answer, NULL, &function);
  napi_set_named_property(env, exports, "transformSync", function);
  return exports;
}
