import { ApiProperty } from '@nestjs/swagger';

const KEY_STATES = ['active', 'revoked'] as const;

export class KeyStateDto {
  @ApiProperty({ description: "State of the emulator's key.", enum: KEY_STATES })
  readonly key!: (typeof KEY_STATES)[number];
}
