// Tests of the engine that a jail makes fail with every grant, each with the promise of cordon's that it runs into.
export const known: Readonly<Record<string, string>> = {
  "test/parallel/test-compile-cache-success.js": "counts the files in the engine's code cache, the runtime's among them",
  "test/parallel/test-inspector-ip-detection.js": "the machine's network interfaces are not shown; the test skips itself",
  "test/parallel/test-permission-warning-flags.js": "starts children under the engine's own permission model, which cannot read the runtime",
  "test/parallel/test-setproctitle.js": "ps, which no grant here names, is not in PATH; the test skips itself",
};
