import type { LoggerService } from '@nestjs/common';
import { CATALOGUE, type DiagnosisCode } from '../diagnosis/catalogue.js';
import type { Diagnosis } from '../diagnosis/diagnosis.interface.js';
import { describeFound } from '../diagnosis/render/report-layout.js';

/** An incident is over when its code has not been seen for so long. */
const QUIET_MS = 60_000;

/** Time, and a timer that does not keep the process alive. Returns what cancels it. */
export interface Clock {
  now(): number;
  after(milliseconds: number, run: () => void): () => void;
}

interface Incident {
  readonly startedAt: number;
  lastSeenAt: number;
  count: number;
  cancel: () => void;
}

/**
 * Tells the operator of each kind of failure once, with the first fix, and how often it happened when it is
 * over: a rejected key fails every request, and a line per request would bury everything else.
 */
export class IncidentLog {
  readonly #logger: Pick<LoggerService, 'error' | 'warn'>;
  readonly #clock: Clock;
  /** At most one entry per code of the catalogue. */
  readonly #incidents = new Map<DiagnosisCode, Incident>();

  constructor(logger: Pick<LoggerService, 'error' | 'warn'>, clock: Clock = systemClock) {
    this.#logger = logger;
    this.#clock = clock;
  }

  record(diagnosis: Diagnosis): void {
    const now = this.#clock.now();
    const incident = this.#incidents.get(diagnosis.code);
    if (incident !== undefined) {
      incident.count += 1;
      incident.lastSeenAt = now;
      return;
    }
    this.#incidents.set(diagnosis.code, {
      startedAt: now,
      lastSeenAt: now,
      count: 1,
      cancel: this.#endLater(diagnosis.code, QUIET_MS),
    });
    this.#logger[needsOperator(diagnosis) ? 'error' : 'warn'](describe(diagnosis));
  }

  /** Ends every incident now, as when the app shuts down. */
  close(): void {
    for (const code of this.#incidents.keys()) {
      this.#end(code, 'the app shut down');
    }
  }

  #endLater(code: DiagnosisCode, milliseconds: number): () => void {
    return this.#clock.after(milliseconds, () => {
      const incident = this.#incidents.get(code);
      if (incident === undefined) {
        return;
      }
      const remaining = incident.lastSeenAt + QUIET_MS - this.#clock.now();
      if (remaining > 0) {
        incident.cancel = this.#endLater(code, remaining);
      } else {
        this.#end(code, `none for ${seconds(QUIET_MS)}`);
      }
    });
  }

  #end(code: DiagnosisCode, reason: string): void {
    const incident = this.#incidents.get(code);
    this.#incidents.delete(code);
    if (incident === undefined) {
      return;
    }
    incident.cancel();
    if (incident.count > 1) {
      const lasted = seconds(incident.lastSeenAt - incident.startedAt);
      this.#logger.warn(`${code} occurred ${incident.count} times in ${lasted}; ${reason}.`);
    }
  }
}

const systemClock: Clock = {
  now: () => performance.now(),
  after: (milliseconds, run) => {
    const timer = setTimeout(run, milliseconds).unref();
    return () => clearTimeout(timer);
  },
};

/** The operator gets the detail, which the client does not. */
function describe(diagnosis: Diagnosis): string {
  const { code, title, fix } = diagnosis;
  const [firstFix] = fix;
  const parts = [
    code,
    title,
    describeFound(diagnosis),
    firstFix === undefined ? '' : `Fix: ${firstFix}`,
  ];
  return `${parts.filter((part) => part !== '').join(' ')} More: npx nestjs-cohere explain ${code}`;
}

/** Key, account and configuration stay broken until a person acts. */
function needsOperator({ code }: Diagnosis): boolean {
  const { aboutAccount, error } = CATALOGUE[code];
  return aboutAccount || error === 'ConfigurationError';
}

function seconds(milliseconds: number): string {
  return `${Math.ceil(milliseconds / 1000)} s`;
}
