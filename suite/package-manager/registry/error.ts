/** What a registry did that no second try mends. */
export class RegistryError extends Error {
  override name = "RegistryError";
  readonly code: string;

  constructor(message: string, options: { cause?: unknown; code?: string } = {}) {
    super(message, { cause: options.cause });
    this.code = options.code ?? "ECORDONREGISTRY";
  }
}
