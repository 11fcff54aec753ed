// curl, with the requests that differ from others': HTTP/1.0, Expect: 100-continue, chunked uploads, several on one connection.
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { Client } from "./clients.ts";

const MEGABYTES = "x".repeat(2 << 20);

function run(port: number, args: readonly string[], input?: string): Promise<string> {
  const child = promisify(execFile)("curl", ["--silent", "--show-error", "--max-time", "60", ...args.map((word) => word.replace("@", `http://127.0.0.1:${port}`))]);
  child.child.stdin?.end(input);
  return child.then(({ stdout }) => stdout.replace(/^Date: .*\r\n/gm, ""));
}

export const curl: Client = {
  name: "curl",
  program: "ordinary",
  needs: "curl",
  async see(port) {
    return [
      await run(port, ["@/hello"]),
      await run(port, ["--http1.0", "@/hello"]),
      await run(port, ["--head", "@/hello"]),
      await run(port, ["--include", "@/absent"]),
      await run(port, ["--data", "a=b", "@/upload"]),
      await run(port, ["--header", "Expect: 100-continue", "--upload-file", "-", "@/upload"], MEGABYTES),
      await run(port, ["--form", "file=@-", "@/upload"].map((word) => (word === "file=@-" ? "field=value" : word))).then((text) => Number(text) > 100),
      await run(port, ["@/hello", "@/hello", "@/hello"]),
      await run(port, ["--header", `X-Long: ${"a".repeat(6000)}`, "@/hello"]),
    ];
  },
};
