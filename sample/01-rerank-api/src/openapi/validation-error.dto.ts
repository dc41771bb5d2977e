import { ApiProperty } from '@nestjs/swagger';

/** The body of a response of `JoiValidationPipe`. */
export class ValidationErrorDto {
  @ApiProperty({ example: 400 })
  readonly statusCode!: number;

  @ApiProperty({ example: 'Bad Request' })
  readonly error!: string;

  @ApiProperty({ type: [String], example: ['"query" is not allowed to be empty'] })
  readonly message!: readonly string[];
}
