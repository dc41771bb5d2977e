/** A failed call with a tenant's own key; `cause` is the failure. */
export class TenantKeyError extends Error {
  constructor(tenant: string, cause: unknown) {
    super(`A call with the key of ${tenant} failed.`, { cause });
  }
}
