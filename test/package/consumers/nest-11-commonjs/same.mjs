import 'reflect-metadata';
import assert from 'node:assert';
import { createRequire } from 'node:module';
import { CohereModule } from 'nestjs-cohere';

assert.equal(createRequire(import.meta.url)('nestjs-cohere').CohereModule, CohereModule);
