import { Body, Controller, Delete, HttpCode, Param, Put } from '@nestjs/common';
import Joi from 'joi';
import { JoiValidationPipe } from '../validation/joi-validation.pipe.js';
import { TenantsService } from './tenants.service.js';

interface KeyDto {
  readonly key: string;
}

const keySchema = Joi.object<KeyDto, true>({ key: Joi.string().allow('').required() });

@Controller('tenants/:tenant/key')
export class TenantsController {
  constructor(private readonly tenants: TenantsService) {}

  @Put()
  async bringKey(
    @Param('tenant') tenant: string,
    @Body(new JoiValidationPipe(keySchema)) { key }: KeyDto,
  ) {
    return { tenant, key: await this.tenants.bringKey(tenant, key) };
  }

  @Delete()
  @HttpCode(204)
  removeKey(@Param('tenant') tenant: string): void {
    this.tenants.removeKey(tenant);
  }
}
