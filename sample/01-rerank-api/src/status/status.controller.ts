import { Controller, Get, Inject, Optional } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { RerankService, type KeyStatus } from 'nestjs-cohere';
import { EmulatorKey } from '../emulator/emulator-key.js';
import { StatusDto } from './status.dto.js';

/** The deadline of a check; short, because a page waits for it. */
const CHECK_TIMEOUT_MS = 3_000;

/** The lifetime of a verdict, shared by all open pages. */
const CHECK_LIFETIME_MS = 5_000;

@ApiTags('status')
@Controller('status')
export class StatusController {
  #check: Promise<KeyStatus> | undefined;
  #checkedAt = 0;

  constructor(
    private readonly rerank: RerankService,
    @Optional() @Inject(EmulatorKey) private readonly emulatorKey: EmulatorKey | undefined,
  ) {}

  @Get()
  @ApiOperation({
    summary: 'The ranker (Cohere or the emulator), and the state of the API key; costs nothing',
  })
  @ApiOkResponse({ type: StatusDto })
  async status(): Promise<StatusDto> {
    const { verdict, diagnosis } = await this.#keyStatus();
    return {
      ranker: this.emulatorKey === undefined ? 'cohere' : 'emulator',
      key: { verdict, code: diagnosis?.code, title: diagnosis?.title },
      emulatorKey: this.emulatorKey?.state,
    };
  }

  #keyStatus(): Promise<KeyStatus> {
    const now = performance.now();
    if (this.#check === undefined || now - this.#checkedAt > CHECK_LIFETIME_MS) {
      this.#check = this.rerank.checkKey({ timeoutMs: CHECK_TIMEOUT_MS });
      this.#checkedAt = now;
    }
    return this.#check;
  }
}
