import { Controller, HttpCode, NotFoundException, Param, Post, UseGuards } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { EmulatorKey } from './emulator-key.js';
import { KeyStateDto, type EmulatorKeyState } from './key-state.dto.js';
import { OwnPageGuard } from './own-page.guard.js';

const STATE_AFTER: ReadonlyMap<string, EmulatorKeyState> = new Map([
  ['restore', 'active'],
  ['trial', 'trial'],
  ['expire', 'expired'],
  ['revoke', 'revoked'],
  ['restrict', 'no-rerank'],
]);

/** Registered only while the emulator replaces Cohere. */
@ApiTags('emulator')
@Controller('emulator/key')
@UseGuards(OwnPageGuard)
export class EmulatorController {
  constructor(private readonly key: EmulatorKey) {}

  @Post(':action')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Change the state of the key',
    description: 'While it is expired, revoked or restricted, searches answer 401 with the fix.',
  })
  @ApiParam({ name: 'action', enum: [...STATE_AFTER.keys()], example: 'expire' })
  @ApiOkResponse({ type: KeyStateDto, example: { key: 'expired' } })
  async change(@Param('action') action: string): Promise<KeyStateDto> {
    const state = STATE_AFTER.get(action);
    if (state === undefined) {
      throw new NotFoundException();
    }
    await this.key.change(state);
    return { key: state };
  }
}
