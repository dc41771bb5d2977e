import { Module, type DynamicModule, type INestApplicationContext } from '@nestjs/common';
import {
  AuthenticationError,
  CohereExceptionFilter,
  CohereModule,
  ConfigurationError,
  type DiagnosedError,
  InjectCohere,
  InjectRerank,
  RerankService,
  cohereConfig,
  cohereEnvSchema,
  diagnose,
  failBoot,
  getRerankToken,
  type CohereModuleOptions,
  type Diagnosis,
  type RerankRequest,
  type RerankResponse,
} from 'nestjs-cohere';
import { CohereHealthIndicator } from 'nestjs-cohere/terminus';
import {
  CohereEmulator,
  CohereTestingController,
  CohereTestingModule,
} from 'nestjs-cohere/testing';

interface Article {
  readonly id: number;
  readonly text: string;
}

const options: CohereModuleOptions = { apiKey: { file: '/run/secrets/cohere' }, timeoutMs: 2_000 };

@Module({
  imports: [
    CohereModule.forRoot(options),
    CohereModule.forRootAsync(),
    CohereModule.forRootAsync({ name: 'eu', useFactory: () => options }),
    CohereModule.forRootAsync(cohereConfig.asProvider()),
  ],
  providers: [CohereHealthIndicator, CohereExceptionFilter],
})
export class AppModule {
  constructor(
    @InjectRerank('eu') readonly eu: RerankService,
    @InjectCohere() readonly client: unknown,
  ) {}
}

export async function rank(app: INestApplicationContext): Promise<number[]> {
  // What is got by its class is typed by it.
  const service: RerankService = app.get(RerankService);
  const request: RerankRequest<Article> = { query: 'capital', documents: [] };
  const response: RerankResponse<Article> = await service.rerank(request);
  for await (const { index, error } of service.rerankEach([request])) {
    const failed: DiagnosedError | undefined = error;
    if (failed instanceof AuthenticationError) {
      const { code, fix }: Diagnosis = failed.diagnosis;
      console.log(index, code, fix);
    }
  }
  return response.results.map(({ document }) => document.id);
}

export const testing: DynamicModule = CohereTestingModule.forRoot({ isGlobal: true });
// The service of one entry is the service of the other.
export const replaced: RerankService = new CohereTestingController().rerank;

export async function emulate(): Promise<string> {
  const emulator = await CohereEmulator.start();
  emulator.setKey(emulator.keys.active, 'revoked');
  return emulator.url;
}

export const problems = (error: unknown): readonly Diagnosis[] =>
  error instanceof ConfigurationError ? error.problems : [];
export const about: Diagnosis | undefined = diagnose(new Error('x'));
export const validated = cohereEnvSchema.validate({});
export const token: string | typeof RerankService = getRerankToken('eu');
process.on('uncaughtException', failBoot);
