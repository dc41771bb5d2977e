import { Args, Mutation, registerEnumType, Resolver } from '@nestjs/graphql';
import { RerankService } from 'nestjs-cohere';
import { CohereEmulator } from 'nestjs-cohere/testing';

enum EmulatorKey {
  active = 'active',
  expired = 'expired',
  revoked = 'revoked',
}
registerEnumType(EmulatorKey, { name: 'EmulatorKey' });

/** Registered only while the emulator replaces Cohere. */
@Resolver()
export class EmulatorResolver {
  constructor(
    private readonly emulator: CohereEmulator,
    private readonly rerank: RerankService,
  ) {}

  @Mutation(() => EmulatorKey, { description: "Changes the state of the emulator's key." })
  async setEmulatorKey(
    @Args('state', { type: () => EmulatorKey }) state: EmulatorKey,
  ): Promise<EmulatorKey> {
    this.emulator.setKey(this.emulator.keys.active, state);
    // The module remembers a refusal for some seconds, unless it reads the key again.
    await this.rerank.reloadKey();
    return state;
  }
}
