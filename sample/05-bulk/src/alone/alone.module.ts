import { Module } from '@nestjs/common';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import { registerCohere } from '../cohere.js';
import { readBudget } from '../settings.js';

@Module({ imports: [registerCohere(new RateLimiterMemory(readBudget(process.env)))] })
export class AloneModule {}
