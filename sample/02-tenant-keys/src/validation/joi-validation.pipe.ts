import { BadRequestException, type PipeTransform } from '@nestjs/common';
import type { ObjectSchema } from 'joi';

/** Answers 400 with every reason for which the schema refuses a value. */
export class JoiValidationPipe<T> implements PipeTransform<unknown, T> {
  constructor(private readonly schema: ObjectSchema<T>) {}

  transform(value: unknown): T {
    const result = this.schema.validate(value, { abortEarly: false });
    if (result.error !== undefined) {
      throw new BadRequestException(result.error.details.map(({ message }) => message));
    }
    return result.value;
  }
}
