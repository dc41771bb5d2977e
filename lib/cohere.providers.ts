import { Logger, type Provider } from '@nestjs/common';
import { APP_FILTER, HttpAdapterHost, ModulesContainer } from '@nestjs/core';
import { variableOf } from './config/api-key/api-key-option.js';
import { CohereExceptionFilter } from './filter/cohere-exception.filter.js';
import { RERANK, rerankAt } from './rerank/rerank-operation.js';
import { ScoreCache } from './rerank/score-cache.js';
import { COHERE_FILTER_OPTIONS } from './filter/error-response.js';
import { incidentLogOf } from './filter/incident-log.js';
import { ApiKeyService } from './transport/api-key.service.js';
import { CohereTransport, diagnoseStubbedUndici } from './transport/cohere-transport.js';
import {
  COHERE_API_KEY_SERVICE,
  COHERE_CALL_SITE,
  COHERE_CONFIGURATION,
  COHERE_STARTUP_CHECK,
  COHERE_TRANSPORT,
  getCohereToken,
  getRerankToken,
} from './cohere.tokens.js';
import { currentDirectory } from './diagnosis/read-safely.js';
import { resolveConfiguration } from './config/resolve-configuration.js';
import type {
  CohereSettings,
  ResolvedConfiguration,
} from './config/resolved-configuration.interface.js';
import { createDiagnosis } from './diagnosis/create-diagnosis.js';
import type { Diagnosis } from './diagnosis/diagnosis.interface.js';
import { bootLine } from './diagnosis/render/report-layout.js';
import { createError, DiagnosedError } from './diagnosis/errors.js';
import { readProperty, readString } from './diagnosis/read-safely.js';
import { createCohereClient } from './transport/client/cohere-client.factory.js';
import {
  type CohereModuleExtras,
  HeldOptions,
  MODULE_OPTIONS_TOKEN,
} from './cohere.module-definition.js';
import { rerankProof } from './rerank/rerank-proof.js';
import { RerankService } from './rerank/rerank.service.js';
import { bootFailure, type CallSite } from './startup/boot-report.js';
import { sharedStartupCheck, StartupCheck } from './startup/startup-check.js';

/** The providers of one instance, in the order in which they need each other. */
export function createProviders(callSite: CallSite, extras: CohereModuleExtras): Provider[] {
  return [
    { provide: COHERE_CALL_SITE, useValue: callSite },
    configurationProvider(extras),
    transportProvider,
    apiKeyProvider(extras.name),
    startupCheckProvider(extras.name),
    rerankProvider(extras.name),
    ...(extras.client === true ? [clientProvider(extras.name)] : []),
    {
      provide: COHERE_FILTER_OPTIONS,
      useValue: typeof extras.filter === 'object' ? extras.filter : {},
    },
    ...(extras.filter === false ? [] : [{ provide: APP_FILTER, useClass: CohereExceptionFilter }]),
  ];
}

/** Wraps the options provider of the builder, so that printing the container shows no key. */
export function holdOptions(
  provider: Provider,
  { callSite, isFromClass }: { readonly callSite: CallSite; readonly isFromClass: boolean },
): Provider {
  if (typeof provider !== 'object' || provider.provide !== MODULE_OPTIONS_TOKEN) {
    return provider;
  }
  if ('useFactory' in provider) {
    return {
      ...provider,
      useFactory: async (...dependencies) => {
        const problem = isFromClass ? diagnoseOptionsFactory(dependencies[0]) : undefined;
        if (problem !== undefined) {
          throw bootFailure(createError(problem), callSite);
        }
        return new HeldOptions(await provider.useFactory(...dependencies));
      },
    };
  }
  return 'useValue' in provider
    ? { ...provider, useValue: new HeldOptions(provider.useValue) }
    : provider;
}

/** Reports an options class without `createCohereOptions`, for which Nest would report a TypeError. */
function diagnoseOptionsFactory(factory: unknown): Diagnosis | undefined {
  if (typeof readProperty(factory, 'createCohereOptions') === 'function') {
    return undefined;
  }
  const name = readString(readProperty(factory, 'constructor'), 'name') || 'The class';
  return createDiagnosis('COHERE_CONFIG_INVALID', {
    title: `${name} has no method createCohereOptions().`,
    detail: 'It was given to forRootAsync() as useClass or useExisting.',
    fix: ['Let it implement CohereOptionsFactory: createCohereOptions() returns the options.'],
  });
}

/** Returns the exported tokens. A named instance exports only its own, so that it cannot shadow the unnamed one. */
export function exportedTokens(extras: CohereModuleExtras) {
  return [
    getRerankToken(extras.name),
    // For @UseFilters(CohereExceptionFilter) in a module that imports this one.
    COHERE_FILTER_OPTIONS,
    ...(extras.client === true ? [getCohereToken(extras.name)] : []),
  ];
}

/** Validates in a factory, because Nest always reports errors of a factory. */
function configurationProvider(extras: CohereModuleExtras): Provider {
  return {
    provide: COHERE_CONFIGURATION,
    inject: [MODULE_OPTIONS_TOKEN, COHERE_CALL_SITE],
    useFactory: async (options: HeldOptions, callSite: CallSite) => {
      const environment = {
        variables: process.env,
        workingDirectory: currentDirectory(),
        envFilePaths: usualEnvFiles(process.env['NODE_ENV']),
      };
      try {
        const configuration = await resolveConfiguration(options.unwrap(), environment, extras);
        logNotices(configuration, callSite);
        return configuration;
      } catch (error) {
        throw error instanceof DiagnosedError
          ? bootFailure(error, callSite, variableOf(readProperty(options.unwrap(), 'apiKey')))
          : error;
      }
    },
  };
}

const transportProvider: Provider = {
  provide: COHERE_TRANSPORT,
  inject: [COHERE_CONFIGURATION, COHERE_CALL_SITE],
  useFactory: async ({ settings }: ResolvedConfiguration, callSite: CallSite) => {
    const problem = settings.dispatcher === undefined ? await diagnoseStubbedUndici() : undefined;
    if (problem !== undefined) {
      throw bootFailure(createError(problem), callSite);
    }
    try {
      return new CohereTransport(settings, warn);
    } catch (error) {
      throw error instanceof DiagnosedError ? bootFailure(error, callSite) : error;
    }
  },
};

function apiKeyProvider(name = ''): Provider {
  return {
    provide: COHERE_API_KEY_SERVICE,
    inject: [COHERE_CONFIGURATION, COHERE_TRANSPORT, HttpAdapterHost],
    useFactory: (
      { settings, keySource, apiKey }: ResolvedConfiguration,
      transport: CohereTransport,
      application: HttpAdapterHost,
    ) => {
      const incidents = incidentLogOf(application);
      return new ApiKeyService({
        transport,
        source: keySource,
        key: apiKey,
        proof: rerankProof(settings),
        organizationId: settings.organizationId,
        report: {
          failed: (diagnosis) => incidents.open(diagnosis, name),
          recovered: (diagnosis, key) => incidents.recover(diagnosis, key, name),
          warn,
        },
      });
    },
  };
}

function startupCheckProvider(name: string | undefined): Provider {
  return {
    provide: COHERE_STARTUP_CHECK,
    inject: [
      COHERE_CONFIGURATION,
      COHERE_TRANSPORT,
      COHERE_API_KEY_SERVICE,
      COHERE_CALL_SITE,
      ModulesContainer,
    ],
    useFactory: (
      configuration: ResolvedConfiguration,
      transport: CohereTransport,
      apiKey: ApiKeyService,
      callSite: CallSite,
      application: ModulesContainer,
    ) =>
      sharedStartupCheck(
        { application, name, configuration, logger: logger() },
        () => new StartupCheck({ configuration, transport, apiKey, callSite, logger: logger() }),
      ),
  };
}

/** Awaits the startup check here, because Nest may open ports of microservices and gateways before any `onModuleInit`. */
function rerankProvider(name: string | undefined): Provider {
  return {
    provide: getRerankToken(name),
    inject: [
      COHERE_STARTUP_CHECK,
      COHERE_CONFIGURATION,
      COHERE_TRANSPORT,
      COHERE_API_KEY_SERVICE,
      HttpAdapterHost,
    ],
    useFactory: async (
      startupCheck: StartupCheck,
      { settings }: ResolvedConfiguration,
      transport: CohereTransport,
      apiKey: ApiKeyService,
      application: HttpAdapterHost,
    ) => {
      await startupCheck.finish();
      return new RerankService({
        settings,
        transport,
        apiKey,
        scoreCache: scoreCacheOf(settings),
        onDegraded: (diagnosis) => incidentLogOf(application).record(diagnosis),
      });
    },
  };
}

/** Loads the SDK only after the startup check, so that a failing boot does not pay for it. */
function clientProvider(name: string | undefined): Provider {
  return {
    provide: getCohereToken(name),
    inject: [
      COHERE_STARTUP_CHECK,
      COHERE_TRANSPORT,
      COHERE_API_KEY_SERVICE,
      COHERE_CONFIGURATION,
      COHERE_CALL_SITE,
    ],
    useFactory: async (
      startupCheck: StartupCheck,
      transport: CohereTransport,
      apiKey: ApiKeyService,
      { settings }: ResolvedConfiguration,
      callSite: CallSite,
    ) => {
      await startupCheck.finish();
      try {
        const paths = new Map([[RERANK.path, rerankAt(settings).path]]);
        return await createCohereClient(transport, apiKey.keys, settings, paths);
      } catch (error) {
        throw error instanceof DiagnosedError ? bootFailure(error, callSite) : error;
      }
    },
  };
}

/** The `.env` files of ConfigModule, which does not tell the file of a value: the one that contains it counts. */
function usualEnvFiles(stage: string | undefined): string[] {
  const ofStage =
    stage === undefined || stage === '' ? [] : [`.env.${stage}.local`, `.env.${stage}`];
  return ['.env', '.env.local', ...ofStage];
}

function logNotices({ notices }: ResolvedConfiguration, { instance }: CallSite): void {
  for (const { level, message } of notices) {
    logger()[level](bootLine(instance, message));
  }
}

function scoreCacheOf({ scoreCache, baseUrl }: CohereSettings): ScoreCache | undefined {
  return scoreCache === undefined
    ? undefined
    : new ScoreCache({
        store: scoreCache.store,
        ttlMs: scoreCache.ttlMs,
        deployment: baseUrl,
        warn,
      });
}

function warn(message: string): void {
  logger().warn(message);
}

function logger(): Logger {
  return new Logger('CohereModule');
}
