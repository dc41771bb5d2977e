import { Injectable } from '@nestjs/common';
import { RerankService, type RerankResponse } from 'nestjs-cohere';
import { TenantKeyError } from '../errors/tenant-key.error.js';
import { TenantsService } from '../tenants/tenants.service.js';

@Injectable()
export class SearchService {
  constructor(
    private readonly rerank: RerankService,
    private readonly tenants: TenantsService,
  ) {}

  async search(
    tenant: string,
    query: string,
    documents: readonly string[],
  ): Promise<RerankResponse<string>> {
    const own = this.tenants.serviceOf(tenant);
    if (own === undefined) {
      return this.rerank.rerank({ query, documents });
    }
    try {
      return await own.rerank({ query, documents });
    } catch (error) {
      // Only the owner of the key may see the problem, so the filter needs the tenant.
      throw new TenantKeyError(tenant, error);
    }
  }
}
