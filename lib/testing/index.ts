export { CohereEmulator } from './cohere-emulator.js';
export type { EmulatorOptions } from './emulator-options.interface.js';
export type { EmulatorFault } from './faults/emulator-fault.interface.js';
export type { FaultOptions } from './faults/fault-queue.js';
export type { RecordedRequest, RequestCounters } from './journal/recorded-request.interface.js';
export type { KeyState } from './keys/key-state.js';
export type { ReadyMadeKeys } from './keys/ready-made-keys.js';
export type { ScoreFunction } from './ranking/rank-documents.js';
