import { Logger } from '@nestjs/common';
import type { HttpAdapterHost } from '@nestjs/core';
import { CATALOGUE, type DiagnosisCode } from '../diagnosis/catalogue.js';
import { cliCommand } from '../diagnosis/cli-command.js';
import type { Diagnosis } from '../diagnosis/diagnosis.interface.js';
import { toOneLine } from '../diagnosis/redact/clean-text.js';
import { bootLine } from '../diagnosis/render/report-layout.js';

/** The time without its code after which an incident ends. */
const QUIET_MS = 60_000;

/** The time, and a timer that does not keep the process alive; it returns a function that cancels it. */
export interface Clock {
  now(): number;
  after(milliseconds: number, run: () => void): () => void;
}

interface Incident {
  readonly code: DiagnosisCode;
  /** The code and the source of the key. */
  readonly subject: string;
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
  /** The open incidents, at most one per code, source of a key and instance. */
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

  /**
   * Logs a failure that every call will get, before the first of them is counted.
   *
   * @param instance the name of the module's instance, empty for the unnamed one; absent if unknown
   */
  open(diagnosis: Diagnosis, instance?: string): Incident {
    const known = this.#find(diagnosis, instance);
    if (known !== undefined) {
      return known;
    }
    const id = incidentId(diagnosis, instance);
    const now = this.#clock.now();
    const incident: Incident = {
      code: diagnosis.code,
      subject: subjectOf(diagnosis),
      startedAt: now,
      lastSeenAt: now,
      count: 0,
      cancel: this.#endLater(id, QUIET_MS),
    };
    this.#incidents.set(id, incident);
    this.#logger[needsOperator(diagnosis) ? 'error' : 'warn'](
      bootLine(instance || undefined, describe(diagnosis)),
    );
    return incident;
  }

  /** Ends the incident of a failure, with one line. */
  recover(diagnosis: Diagnosis, key: string, instance = ''): void {
    const id = incidentId(diagnosis, instance);
    const incident = this.#incidents.get(id);
    incident?.cancel();
    this.#incidents.delete(id);
    const times =
      incident === undefined || incident.count < 2 ? '' : `, which ${occurrences(incident)}`;
    const line = `Calls work again with ${key}, after ${diagnosis.code}${times}.`;
    this.#logger.log(bootLine(instance || undefined, line));
  }

  /** Ends every incident now, on shutdown. */
  close(): void {
    for (const id of this.#incidents.keys()) {
      this.#end(id, 'the app shut down');
    }
  }

  /** Finds the incident of a failure. An SDK error does not name its key, and a filter does not know the instance. */
  #find(diagnosis: Diagnosis, instance: string | undefined): Incident | undefined {
    if (instance !== undefined) {
      return this.#incidents.get(incidentId(diagnosis, instance));
    }
    const wanted = subjectOf(diagnosis);
    return [...this.#incidents.values()].find(({ code, subject }) =>
      diagnosis.key === undefined ? code === diagnosis.code : subject === wanted,
    );
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

function incidentId(diagnosis: Diagnosis, instance = ''): string {
  return `${subjectOf(diagnosis)} of ${instance}`;
}

/** Identifies a failure by code and source, not by key: the keys of a thousand tenants have one source. */
function subjectOf({ code, key = '' }: Diagnosis): string {
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
