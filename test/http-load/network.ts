// A network of its own with segments as long as Ethernet's: those of the loopback device are 45 times as long, and so are the kernel's buffers for
// a client that reads nothing, which fills the whole machine's memory for TCP.
import { spawnSync } from "node:child_process";

const HERE = "CORDON_HTTP_LOAD_NETWORK";

/** Starts this program again in a network namespace, unless it is in one; needs root. */
export function inOwnNetwork(): void {
  if (process.env[HERE] !== undefined) return;
  const command = 'ip link set lo mtu 1500 up && exec "$0" "$@"';
  const { status, error } = spawnSync("unshare", ["--net", "sh", "-c", command, process.execPath, ...process.argv.slice(1)], { stdio: "inherit", env: { ...process.env, [HERE]: "own" } });
  if (error !== undefined) throw new Error("Cannot make a network namespace: unshare (util-linux) did not start", { cause: error });
  process.exit(status ?? 1);
}
