// Which paths the policy covers, by their text: for explanations, so symlinks do not count.

export type Territory = (path: unknown) => boolean;

/** Whether one of `roots` is the path or a folder above it. Relative paths count as inside, unless they climb. */
export function territory(roots: readonly string[]): Territory {
  const folders = roots.map((root) => (root.endsWith("/") ? root : `${root}/`));
  return (path) => {
    if (typeof path !== "string") return false;
    if (path.includes("..")) return false;
    if (!path.startsWith("/")) return true;
    for (const folder of folders) if (path.startsWith(folder) || path.length + 1 === folder.length && folder.startsWith(path)) return true;
    return false;
  };
}
