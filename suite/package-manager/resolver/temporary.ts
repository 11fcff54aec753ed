// Stands where arborist looks for cacache: all that it wants of it is a folder for a moment.
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";

/** No member of a workspace lies in a node_modules: what is left here by a kill never becomes a member's package.json. */
const PLACE = "node_modules";

export const tmp = {
  async withTmp<T>(_cache: unknown, { staging }: { staging: string }, use: (folder: string) => Promise<T>): Promise<T> {
    await mkdir(join(staging, PLACE), { recursive: true });
    const folder = await mkdtemp(join(staging, PLACE, ".bundled-"));
    try {
      return await use(folder);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
};
