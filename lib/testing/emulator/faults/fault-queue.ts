import type { RecordedRequest } from '../journal/recorded-request.js';
import { requireFault, type EmulatorFault } from './emulator-fault.js';

/**
 * Which requests a fault applies to.
 *
 * @publicApi
 */
export interface FaultOptions {
  /** How many requests, from 1; `Infinity` until `clearFaults()`. Default 1. */
  readonly times?: number | undefined;
  /** Only requests of this path, such as `/v2/rerank`. */
  readonly path?: string | undefined;
  /** Only requests for which this is true. */
  readonly when?: ((request: RecordedRequest) => boolean) | undefined;
}

interface QueuedFault {
  readonly fault: EmulatorFault;
  readonly options: FaultOptions;
  left: number;
}

/** Faults in the order they were added; each request takes the first one that applies to it. */
export class FaultQueue {
  #queue: QueuedFault[] = [];

  add(fault: EmulatorFault, options: FaultOptions): void {
    const left = options.times ?? 1;
    if (left !== Number.POSITIVE_INFINITY && (!Number.isInteger(left) || left < 1)) {
      throw new RangeError(`times must be a whole number from 1, or Infinity; it is ${left}.`);
    }
    requireFault(fault);
    this.#queue.push({ fault, options, left });
  }

  clear(): void {
    this.#queue = [];
  }

  /** Takes the first fault that applies to the request. */
  take(request: RecordedRequest): EmulatorFault | undefined {
    const next = this.#queue.find(({ options }) => isMeant(options, request));
    if (next === undefined) {
      return undefined;
    }
    next.left -= 1;
    if (next.left === 0) {
      this.#queue = this.#queue.filter((other) => other !== next);
    }
    return next.fault;
  }
}

function isMeant({ path, when }: FaultOptions, request: RecordedRequest): boolean {
  return (path === undefined || path === request.path) && (when?.(request) ?? true);
}
