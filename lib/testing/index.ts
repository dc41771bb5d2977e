export { CohereEmulator } from './cohere-emulator.js';
export type { EmulatorOptions } from './emulator-options.interface.js';
export type { InvalidKeyAnswer } from './endpoints/endpoint.interface.js';
export type {
  EmulatorFault,
  HangFault,
  HtmlFault,
  LatencyFault,
  NonJsonFault,
  ResetFault,
  StatusFault,
  TruncateFault,
  WrongShapeFault,
} from './faults/emulator-fault.interface.js';
export type { FaultOptions } from './faults/fault-queue.js';
export type { RecordedRequest, RequestCounters } from './journal/recorded-request.interface.js';
export { fingerprint } from './keys/fingerprint.js';
export type { KeyList } from './keys/key-registry.js';
export { isKeyState, KEY_STATES, type KeyState } from './keys/key-state.js';
export type { ReadyMadeKeys } from './keys/ready-made-keys.js';
export type { ScoreFunction } from './ranking/rank-documents.js';
