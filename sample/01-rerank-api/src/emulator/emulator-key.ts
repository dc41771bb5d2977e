import { Injectable } from '@nestjs/common';
import { RerankService } from 'nestjs-cohere';
import { CohereEmulator } from 'nestjs-cohere/testing';
import type { EmulatorKeyState } from './key-state.dto.js';

/** The key that this app uses with the emulator; its state changes while the app runs. */
@Injectable()
export class EmulatorKey {
  #state: EmulatorKeyState = 'active';

  constructor(
    private readonly emulator: CohereEmulator,
    private readonly rerank: RerankService,
  ) {}

  get state(): EmulatorKeyState {
    return this.#state;
  }

  async change(state: EmulatorKeyState): Promise<void> {
    this.emulator.setKey(this.emulator.keys.active, state);
    this.#state = state;
    // The module remembers a refusal for some seconds, unless it reads the key again.
    await this.rerank.reloadKey();
  }
}
