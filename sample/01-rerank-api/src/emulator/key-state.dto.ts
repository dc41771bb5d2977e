import { ApiProperty } from '@nestjs/swagger';
import type { KeyState } from 'nestjs-cohere/testing';

export const EMULATOR_KEY_STATES = [
  'active',
  'trial',
  'expired',
  'revoked',
  'no-rerank',
] as const satisfies readonly KeyState[];

export type EmulatorKeyState = (typeof EMULATOR_KEY_STATES)[number];

export class KeyStateDto {
  @ApiProperty({ description: "State of the emulator's key.", enum: EMULATOR_KEY_STATES })
  readonly key!: EmulatorKeyState;
}
