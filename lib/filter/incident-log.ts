import { Logger } from '@nestjs/common';
import type { HttpAdapterHost } from '@nestjs/core';
import { CATALOGUE, type DiagnosisCode } from '../diagnosis/catalogue.js';
import { cliCommand } from '../diagnosis/cli-command.js';
import type { Diagnosis } from '../diagnosis/diagnosis.interface.js';
import { toOneLine } from '../diagnosis/redact/clean-text.js';

/** The time without its code after which an incident ends. */
const QUIET_MS = 60_000;

/** The time, and a timer that does not keep the process alive; it returns a function that cancels it. */
export interface Clock {
  now(): number;
  after(milliseconds: number, run: () => void): () => void;
}

interface Incident {
  readonly code: DiagnosisCode;
  readonly startedAt: number;
  lastSeenAt: number;
  count: number;
  cancel: () => void;
}

type IncidentLogger = Pick<Logger, 'error' | 'warn' | 'log'>;

/** The log of each app, by adapter host, shared by all filters and instances of the module. */
const LOGS = new WeakMap<HttpAdapterHost, IncidentLog>();

export function incidentLogOf(application: HttpAdapterHost): IncidentLog {
  const log = LOGS.get(application) ?? new IncidentLog(new Logger('CohereModule'));
  LOGS.set(application, log);
  return log;
}

/**
 * Logs each kind of failure once, with the first fix, and its count at the end: a rejected key fails every request, and
 * a line per request would flood the log.
 */
export class IncidentLog {
  readonly #logger: IncidentLogger;
  readonly #clock: Clock;
  /** The open incidents, at most one per code and source of a key. */
  readonly #incidents = new Map<string, Incident>();

  constructor(logger: IncidentLogger, clock: Clock = systemClock) {
    this.#logger = logger;
    this.#clock = clock;
  }

  /** Counts a failure of a call, and logs the first of its incident. */
  record(diagnosis: Diagnosis): void {
    const incident = this.open(diagnosis);
    incident.count += 1;
    incident.lastSeenAt = this.#clock.now();
  }

  /** Logs a failure that every call will get, before the first of them is counted. */
  open(diagnosis: Diagnosis): Incident {
    const known = this.#find(diagnosis);
    if (known !== undefined) {
      return known;
    }
    const id = incidentId(diagnosis);
    const now = this.#clock.now();
    const incident: Incident = {
      code: diagnosis.code,
      startedAt: now,
      lastSeenAt: now,
      count: 0,
      cancel: this.#endLater(id, QUIET_MS),
    };
    this.#incidents.set(id, incident);
    this.#logger[needsOperator(diagnosis) ? 'error' : 'warn'](describe(diagnosis));
    return incident;
  }

  /** Ends the incident of a failure, with one line. */
  recover(diagnosis: Diagnosis, key: string): void {
    const id = incidentId(diagnosis);
    const incident = this.#incidents.get(id);
    incident?.cancel();
    this.#incidents.delete(id);
    const times =
      incident === undefined || incident.count < 2 ? '' : `, which ${occurrences(incident)}`;
    this.#logger.log(`Calls work again with ${key}, after ${diagnosis.code}${times}.`);
  }

  /** Ends every incident now, on shutdown. */
  close(): void {
    for (const id of this.#incidents.keys()) {
      this.#end(id, 'the app shut down');
    }
  }

  /** Finds the incident of a failure. An SDK error does not name its key. */
  #find(diagnosis: Diagnosis): Incident | undefined {
    return diagnosis.key === undefined
      ? [...this.#incidents.values()].find(({ code }) => code === diagnosis.code)
      : this.#incidents.get(incidentId(diagnosis));
  }

  #endLater(id: string, milliseconds: number): () => void {
    return this.#clock.after(milliseconds, () => {
      const incident = this.#incidents.get(id);
      if (incident === undefined) {
        return;
      }
      const remaining = incident.lastSeenAt + QUIET_MS - this.#clock.now();
      if (remaining > 0) {
        incident.cancel = this.#endLater(id, remaining);
      } else {
        this.#end(id, `none for ${seconds(QUIET_MS)}`);
      }
    });
  }

  #end(id: string, reason: string): void {
    const incident = this.#incidents.get(id);
    this.#incidents.delete(id);
    if (incident === undefined) {
      return;
    }
    incident.cancel();
    if (incident.count > 1) {
      this.#logger.warn(`${incident.code} ${occurrences(incident)}; ${reason}.`);
    }
  }
}

/** Identifies an incident by code and source, not by key: the keys of a thousand tenants have one source. */
function incidentId({ code, key = '' }: Diagnosis): string {
  return `${code} ${key.replace(/, \d+ characters?, .*$/, '')}`;
}

/** `occurred 12 times in 40 s` */
function occurrences({ count, startedAt, lastSeenAt }: Incident): string {
  return `occurred ${count} times in ${seconds(lastSeenAt - startedAt)}`;
}

const systemClock: Clock = {
  now: () => performance.now(),
  after: (milliseconds, run) => {
    const timer = setTimeout(run, milliseconds).unref();
    return () => clearTimeout(timer);
  },
};

/** Returns the log line, with the detail, which clients do not get. */
function describe(diagnosis: Diagnosis): string {
  const { code, title, key, detail, fix } = diagnosis;
  const [firstFix] = fix;
  const parts = [
    code,
    title,
    key === undefined ? '' : `Key: ${key}.`,
    detail,
    firstFix === undefined ? '' : `Fix: ${firstFix}`,
  ];
  return toOneLine(
    `${parts.filter((part) => part !== '').join(' ')} More: ${cliCommand()} explain ${code}`,
  );
}

/** Returns true for failures of key, account and configuration, which last until a person acts. */
function needsOperator({ code }: Diagnosis): boolean {
  const { aboutAccount, error } = CATALOGUE[code];
  return aboutAccount || error === 'ConfigurationError';
}

function seconds(milliseconds: number): string {
  return `${Math.ceil(milliseconds / 1000)} s`;
}
