import { Controller, HttpCode, Post } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { RerankService } from 'nestjs-cohere';
import { CohereEmulator } from 'nestjs-cohere/testing';
import { KeyStateDto } from './key-state.dto.js';

/** Only there while the emulator stands in for Cohere. */
@ApiTags('emulator')
@Controller('emulator/key')
export class EmulatorController {
  constructor(
    private readonly emulator: CohereEmulator,
    private readonly rerank: RerankService,
  ) {}

  @Post('revoke')
  @HttpCode(200)
  @ApiOperation({ summary: 'Revoke the key; searches answer 401 with the fix from now on' })
  @ApiOkResponse({ type: KeyStateDto, example: { key: 'revoked' } })
  revoke(): KeyStateDto {
    this.emulator.setKey(this.emulator.keys.active, 'revoked');
    return { key: 'revoked' };
  }

  @Post('restore')
  @HttpCode(200)
  @ApiOperation({ summary: 'Make the key valid again; searches work at once, without a restart' })
  @ApiOkResponse({ type: KeyStateDto, example: { key: 'active' } })
  async restore(): Promise<KeyStateDto> {
    this.emulator.setKey(this.emulator.keys.active, 'active');
    // A rejected key is not tried again for 30 seconds, unless the module is told to read it again.
    await this.rerank.reloadKey();
    return { key: 'active' };
  }
}
