import type { Logger } from '@nestjs/common';
import type { ModulesContainer } from '@nestjs/core';
import { subjectOf } from '../config/api-key/api-key-lint.js';
import { variableOf } from '../config/api-key/api-key-option.js';
import type { ResolvedConfiguration } from '../config/resolved-configuration.interface.js';
import { cliCommand } from '../diagnosis/cli-command.js';
import { CATALOGUE } from '../diagnosis/catalogue.js';
import type { Diagnosis } from '../diagnosis/diagnosis.interface.js';
import { createError } from '../diagnosis/errors.js';
import { bootLine } from '../diagnosis/render/report-layout.js';
import { renderReport } from '../diagnosis/render/render-report.js';
import type { ApiKeyService } from '../transport/api-key.service.js';
import type { CohereTransport } from '../transport/cohere-transport.js';
import { type KeyFindings, withTrialPolicy } from '../transport/key-check.js';
import { describeSecret } from '../transport/key-facts.js';
import { targetOf } from '../diagnosis/request-context.js';
import { bootFailure, type CallSite } from './boot-report.js';

/** The time that a verdict waits for its first caller. */
const UNAWAITED_MS = 10_000;

interface Outcome extends KeyFindings {
  readonly durationMs: number;
}

/**
 * Checks the key with Cohere. The check starts when it is created and runs while other modules initialize; `finish()`
 * returns its verdict.
 */
export class StartupCheck {
  readonly #configuration: ResolvedConfiguration;
  readonly #logger: Logger;
  readonly #cancellation = new AbortController();
  readonly #transport: CohereTransport;
  readonly #apiKey: ApiKeyService;
  readonly #callSite: CallSite;
  readonly #outcome: Promise<Outcome | undefined>;
  #judgement: Promise<void> | undefined;

  constructor(dependencies: {
    configuration: ResolvedConfiguration;
    transport: CohereTransport;
    apiKey: ApiKeyService;
    callSite: CallSite;
    logger: Logger;
  }) {
    this.#configuration = dependencies.configuration;
    this.#transport = dependencies.transport;
    this.#apiKey = dependencies.apiKey;
    this.#callSite = dependencies.callSite;
    this.#logger = dependencies.logger;
    this.#outcome = this.#check();
    void this.#logUnawaited();
  }

  /**
   * Waits for the verdict until the check's deadline, and logs one line and any warnings. Repeated calls share the
   * verdict.
   *
   * @throws DiagnosedError when the app certainly cannot work, or, with `onUnreachable: 'fail'`, when there is no
   *   certain verdict
   */
  finish(): Promise<void> {
    this.#judgement ??= this.#judge();
    return this.#judgement;
  }

  /** Aborts a check that is no longer awaited. */
  cancel(): void {
    this.#cancellation.abort();
  }

  async #judge(): Promise<void> {
    const outcome = await this.#outcome;
    if (outcome === undefined) {
      return;
    }
    const { diagnosis } = outcome;
    const { onUnreachable } = this.#configuration.settings.startupCheck;
    if (
      diagnosis !== undefined &&
      (CATALOGUE[diagnosis.code].boot === 'fails' || onUnreachable === 'fail')
    ) {
      const failure = createError(await this.#complete(diagnosis));
      // Not awaited: a socket that never closes must not delay the report.
      void this.#transport.close();
      throw bootFailure(
        failure,
        this.#callSite,
        variableOf({ env: this.#configuration.keySource.name }),
      );
    }
    if (diagnosis === undefined) {
      this.#logger.log(this.#line(this.#success(outcome)));
    } else {
      this.#logger.warn(this.#line(this.#warning(diagnosis)));
    }
    for (const warning of outcome.warnings) {
      this.#logger.warn(this.#line(warning));
    }
    this.#apiKey.note(outcome, this.#configuration.apiKey);
  }

  /** Logs a verdict that nothing awaits, such as with an overridden RerankService. */
  async #logUnawaited(): Promise<void> {
    const outcome = await this.#outcome;
    if (outcome?.diagnosis === undefined || CATALOGUE[outcome.diagnosis.code].boot !== 'fails') {
      return;
    }
    const problem = await this.#complete(outcome.diagnosis);
    setTimeout(() => {
      if (this.#judgement === undefined && !this.#cancellation.signal.aborted) {
        this.#logger.error(
          `The app runs although its startup check failed.\n${renderReport([problem], { instance: this.#callSite.instance })}`,
        );
      }
    }, UNAWAITED_MS).unref();
  }

  async #check(): Promise<Outcome | undefined> {
    const { settings, apiKey, keySource } = this.#configuration;
    const { mode, timeoutMs, onTrialKey } = settings.startupCheck;
    if (mode === 'off' || (mode === 'key' && apiKey === undefined)) {
      return undefined;
    }
    const startedAt = performance.now();
    try {
      const findings = await this.#apiKey.probe({
        mode,
        timeoutMs,
        timeoutSetting: 'COHERE_STARTUP_CHECK_TIMEOUT_MS',
        maxRetries: settings.maxRetries,
        signal: this.#cancellation.signal,
        findsTrialKeys: onTrialKey === 'fail',
      });
      const durationMs = Math.round(performance.now() - startedAt);
      const key = apiKey === undefined ? keySource.name : describeSecret(apiKey, keySource.name);
      return { ...withTrialPolicy(findings, onTrialKey, key, settings), durationMs };
    } catch {
      // Rejects only when the app is closing.
      return undefined;
    }
  }

  /** Returns the verdict with the origin of the key, like a defect detected locally. */
  #complete(diagnosis: Diagnosis): Promise<Diagnosis> {
    return this.#configuration.describeVerdict(diagnosis);
  }

  #line(text: string): string {
    return bootLine(this.#callSite.instance, text);
  }

  #success({ durationMs, organizationId }: Outcome): string {
    const { settings, apiKey, keySource } = this.#configuration;
    const organization = organizationId === undefined ? '' : `, organization ${organizationId}`;
    const key =
      apiKey === undefined
        ? `${targetOf(settings).name} answers without a key`
        : `${subjectOf(keySource.name)} (${apiKey.fingerprint}${organization}) is valid`;
    const model = {
      off: 'is configured',
      key: 'is configured',
      model: 'serves rerank',
      rerank: 'reranks',
    }[settings.startupCheck.mode];
    return `${key}; model ${settings.model} ${model} (${durationMs} ms)`;
  }

  #warning(diagnosis: Diagnosis): string {
    const { apiKey, keySource, settings } = this.#configuration;
    const subject =
      apiKey === undefined
        ? `The model ${settings.model}`
        : `${subjectOf(keySource.name)} (${apiKey.fingerprint})`;
    return (
      `${subject} could not be verified: ${diagnosis.code} ${diagnosis.title} ${diagnosis.detail} ` +
      `The app starts anyway; see ${cliCommand()} explain ${diagnosis.code}.`
    );
  }
}

/** The identity of a check: registrations with the same one share it. */
export interface CheckedInstance {
  /** The container of the Nest app. */
  readonly application: ModulesContainer;
  readonly name: string | undefined;
  readonly configuration: ResolvedConfiguration;
  readonly logger: Logger;
}

/** The shared checks, released with their app. */
const CHECKS = new WeakMap<ModulesContainer, Map<string, StartupCheck>>();

/** Shares one check between registrations with the same settings and key in an app. */
export function sharedStartupCheck(
  { application, name, configuration: { settings, apiKey }, logger }: CheckedInstance,
  create: () => StartupCheck,
): StartupCheck {
  const checks = CHECKS.get(application) ?? new Map<string, StartupCheck>();
  CHECKS.set(application, checks);
  const { baseUrl, rerankPath, model, organizationId, startupCheck } = settings;
  const deployment = [name, baseUrl, rerankPath, model];
  const identity = JSON.stringify([
    ...deployment,
    organizationId,
    startupCheck,
    apiKey?.fingerprint,
  ]);
  const shared = checks.get(identity);
  if (shared === undefined) {
    const check = create();
    checks.set(identity, check);
    return check;
  }
  const instance = name === undefined ? 'CohereModule' : `The instance '${name}' of CohereModule`;
  logger.warn(
    `${instance} is registered more than once, each time with its own connections. Register it once: ` +
      'in the root module with isGlobal: true, or in one module that exports it.',
  );
  return shared;
}
