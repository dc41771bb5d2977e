import { Controller, HttpCode, Post } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { EmulatorKey } from './emulator-key.js';
import { KeyStateDto, type EmulatorKeyState } from './key-state.dto.js';

/** Only there while the emulator takes the place of Cohere. */
@ApiTags('emulator')
@Controller('emulator/key')
export class EmulatorController {
  constructor(private readonly key: EmulatorKey) {}

  @Post('expire')
  @HttpCode(200)
  @ApiOperation({ summary: 'Expire the key; searches answer 401 with the fix from now on' })
  @ApiOkResponse({ type: KeyStateDto, example: { key: 'expired' } })
  expire(): Promise<KeyStateDto> {
    return this.#change('expired');
  }

  @Post('revoke')
  @HttpCode(200)
  @ApiOperation({ summary: 'Revoke the key; searches answer 401 with the fix from now on' })
  @ApiOkResponse({ type: KeyStateDto, example: { key: 'revoked' } })
  revoke(): Promise<KeyStateDto> {
    return this.#change('revoked');
  }

  @Post('restrict')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Forbid the key to rerank; searches answer 401 with the fix from now on',
  })
  @ApiOkResponse({ type: KeyStateDto, example: { key: 'no-rerank' } })
  restrict(): Promise<KeyStateDto> {
    return this.#change('no-rerank');
  }

  @Post('restore')
  @HttpCode(200)
  @ApiOperation({ summary: 'Make the key valid again; searches work at once, without a restart' })
  @ApiOkResponse({ type: KeyStateDto, example: { key: 'active' } })
  restore(): Promise<KeyStateDto> {
    return this.#change('active');
  }

  async #change(state: EmulatorKeyState): Promise<KeyStateDto> {
    await this.key.change(state);
    return { key: state };
  }
}
