import { Module } from '@nestjs/common';
import { TenantsController } from '../tenants/tenants.controller.js';
import { TenantsService } from '../tenants/tenants.service.js';
import { SearchController } from './search.controller.js';
import { SearchService } from './search.service.js';

@Module({
  controllers: [SearchController, TenantsController],
  providers: [SearchService, TenantsService],
})
export class SearchModule {}
