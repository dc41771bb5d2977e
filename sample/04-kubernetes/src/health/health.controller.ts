import { Controller, Get } from '@nestjs/common';
import { HealthCheck, HealthCheckService } from '@nestjs/terminus';
import { CohereHealthIndicator } from 'nestjs-cohere/terminus';

@Controller('health')
export class HealthController {
  constructor(
    private readonly health: HealthCheckService,
    private readonly cohere: CohereHealthIndicator,
  ) {}

  /** Confirms that this process answers. It never calls Cohere: restarting the app does not fix a key. */
  @Get('live')
  live() {
    return { status: 'ok' };
  }

  /** Responds 503 only while Cohere refuses the key. If Cohere is down, the app stays ready, but degraded. */
  @Get('ready')
  @HealthCheck()
  ready() {
    return this.health.check([() => this.cohere.isHealthy('cohere')]);
  }
}
