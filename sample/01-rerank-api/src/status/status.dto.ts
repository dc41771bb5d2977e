import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { DIAGNOSIS_CODES, type DiagnosisCode, type KeyStatus } from 'nestjs-cohere';
import { EMULATOR_KEY_STATES, type EmulatorKeyState } from '../emulator/key-state.dto.js';

const RANKERS = ['cohere', 'emulator'] as const;
const VERDICTS = [
  'valid',
  'rejected',
  'undetermined',
] as const satisfies readonly KeyStatus['verdict'][];

export class ApiKeyStatusDto {
  @ApiProperty({ description: "Cohere's verdict on the API key of this app.", enum: VERDICTS })
  readonly verdict!: KeyStatus['verdict'];

  @ApiPropertyOptional({ enum: DIAGNOSIS_CODES, enumName: 'DiagnosisCode' })
  readonly code?: DiagnosisCode | undefined;

  @ApiPropertyOptional({ description: 'The meaning of the code.' })
  readonly title?: string | undefined;
}

export class StatusDto {
  @ApiProperty({ description: 'The ranker: Cohere or the emulator.', enum: RANKERS })
  readonly ranker!: (typeof RANKERS)[number];

  @ApiProperty()
  readonly key!: ApiKeyStatusDto;

  @ApiPropertyOptional({
    description: "State of the emulator's key, while the emulator ranks.",
    enum: EMULATOR_KEY_STATES,
  })
  readonly emulatorKey?: EmulatorKeyState | undefined;
}
