import { Inject, Injectable, Optional } from '@nestjs/common';
import { AuthenticationError, RerankService, type KeyStatus } from 'nestjs-cohere';
import { CohereEmulator } from 'nestjs-cohere/testing';
import { TenantKeyError } from '../errors/tenant-key.error.js';

/** Stores the tenants' own keys. A real app keeps the keys encrypted in its database. */
@Injectable()
export class TenantsService {
  // One long-lived service per tenant, because it remembers a refused key and rechecks it.
  private readonly services = new Map<string, RerankService>();

  constructor(
    private readonly rerank: RerankService,
    @Optional() @Inject(CohereEmulator) emulator?: CohereEmulator,
  ) {
    if (emulator !== undefined) {
      this.services.set('globex', rerank.forKey(emulator.keys.expired));
    }
  }

  /** Returns the service of the tenant's own key, or `undefined` for a tenant that uses ours. */
  serviceOf(tenant: string): RerankService | undefined {
    return this.services.get(tenant);
  }

  /** Stores a key, unless it is certainly unusable. */
  async bringKey(tenant: string, key: string): Promise<KeyStatus['verdict']> {
    const service = this.serviceFor(tenant, key);
    const { verdict, diagnosis } = await service.checkKey();
    if (verdict === 'rejected' && diagnosis !== undefined) {
      // The filter shows the tenant `clientFix`, which names no host and no file of this app.
      throw new TenantKeyError(tenant, new AuthenticationError(diagnosis));
    }
    this.services.set(tenant, service);
    return verdict;
  }

  removeKey(tenant: string): void {
    this.services.delete(tenant);
  }

  private serviceFor(tenant: string, key: string): RerankService {
    try {
      return this.rerank.forKey(key);
    } catch (error) {
      throw new TenantKeyError(tenant, error);
    }
  }
}
