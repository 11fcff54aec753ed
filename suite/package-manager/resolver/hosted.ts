// Stands around hosted-git-info: npm looks at each range of each package whether it names a repository.

type GitHost = { fromUrl(address: unknown, options?: object): unknown };

/** What has no colon and no slash names none, and an address made of it is an error that takes long to make. */
export function withoutRanges(original: GitHost): GitHost {
  const fromUrl = original.fromUrl.bind(original);
  original.fromUrl = (address, options) => (typeof address === "string" && !/[:/]/.test(address) ? undefined : fromUrl(address, options));
  return original;
}
