/** A call with a tenant's own key failed; the cause says how. */
export class TenantKeyError extends Error {
  constructor(tenant: string, cause: unknown) {
    super(`A call with the key of ${tenant} failed.`, { cause });
  }
}
