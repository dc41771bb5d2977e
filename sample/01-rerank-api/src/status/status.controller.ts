import { Controller, Get, Inject, Optional } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { RerankService, type KeyStatus } from 'nestjs-cohere';
import { EmulatorKey } from '../emulator/emulator-key.js';
import { StatusDto } from './status.dto.js';

/** Short, because a page waits for it. */
const CHECK_TIMEOUT_MS = 3_000;

/** Cohere is asked at most once in this time, however many pages are open. */
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
  @ApiOperation({ summary: 'Who ranks, and whether the API key is valid; costs nothing' })
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
