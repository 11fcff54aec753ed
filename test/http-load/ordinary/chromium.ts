// Chromium from Debian, headless: a page that fetches, uploads, listens to events and talks over a WebSocket.
import { makeLooseProject, start } from "../../harness/index.ts";
import type { Client } from "./clients.ts";

export const chromium: Client = {
  name: "Chromium",
  program: "sockets",
  needs: "chromium",
  async see(port) {
    const home = makeLooseProject();
    const flags = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--disable-background-networking", `--user-data-dir=${home.folder}`, "--dump-dom"];
    const { stdout } = await start("/usr/bin/chromium", [...flags, `http://127.0.0.1:${port}/`], { cwd: home.folder, env: { HOME: home.folder }, timeout: 120_000 }).ended;
    home.remove();
    return /<p id="seen">(.*?)<\/p>/.exec(stdout)?.[1] ?? stdout;
  },
};
