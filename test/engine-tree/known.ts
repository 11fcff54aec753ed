// Tests of the engine that a jail makes fail with every grant, each with the promise of cordon's that it runs into.
const RUNTIME_CACHED = "counts the files in the engine's code cache, the runtime's among them";
const OWN_MODEL = "starts children under the engine's own permission model, which cannot read the runtime";
const OWN_COPY = "starts a copy of the engine that it has just made: a run grant names programs that are there at the start";
const NO_CAPABILITIES = "becomes another user or group, for which root in a jail has no capability";
const NO_INTERFACES = "the machine's network interfaces are not shown; the test skips itself";

export const known: Readonly<Record<string, string>> = {
  "test/parallel/test-child-process-fork-exec-path.js": OWN_COPY,
  "test/parallel/test-child-process-set-blocking.js": "starts python3, which no grant here names: on some machines it is a script",
  "test/parallel/test-cli-permission-multiple-allow.js": OWN_MODEL,
  "test/parallel/test-compile-cache-api-success.js": RUNTIME_CACHED,
  "test/parallel/test-compile-cache-bad-syntax.js": RUNTIME_CACHED,
  "test/parallel/test-compile-cache-success.js": RUNTIME_CACHED,
  "test/parallel/test-debugger-profile-command.js": "writes and removes a profile beside its own code, which no grant covers",
  "test/parallel/test-dgram-udp6-link-local-address.js": NO_INTERFACES,
  "test/parallel/test-fs-readfile-error.js": "reads / and wants to hear EISDIR: no grant covers /, so it hears EACCES",
  "test/parallel/test-inspector-ip-detection.js": NO_INTERFACES,
  "test/parallel/test-inspector-strip-types.js": "the runtime compiles TypeScript, and gives the inspector a source map in place of a sourceURL",
  "test/parallel/test-module-loading-globalpaths.js": OWN_COPY,
  "test/parallel/test-net-pipe-connect-errors.js": "connects to a plain file and wants to hear ENOTSOCK: no unix: grant names it, so it hears EACCES",
  "test/parallel/test-permission-sqlite-load-extension.js": OWN_MODEL,
  "test/parallel/test-permission-warning-flags.js": OWN_MODEL,
  "test/parallel/test-process-euid-egid.js": NO_CAPABILITIES,
  "test/parallel/test-process-uid-gid.js": NO_CAPABILITIES,
  "test/parallel/test-strace-openat-openssl.js": "strace, which wants ptrace, is in no jail; the test skips itself",
  "test/sequential/test-watch-mode-inspect.mjs": "writes its own code anew and waits until that is seen; no grant covers it",
};
