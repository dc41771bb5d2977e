export { CohereEmulator } from './emulator/cohere-emulator.js';
export type { EmulatorOptions } from './emulator/cohere-emulator.js';
export type { InvalidKeyAnswer } from './emulator/endpoints/endpoint.interface.js';
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
} from './emulator/faults.js';
export type { FaultOptions } from './emulator/faults.js';
export type { RecordedRequest, RequestCounters } from './emulator/journal.js';
export type { EmulatorModel } from './emulator/model-catalogue.js';
export type { KeyList } from './emulator/keys.js';
export {
  KEY_STATES,
  type EmulatedKey,
  type KeyRateLimit,
  type KeyState,
  type ReadyMadeKeys,
} from './emulator/keys.js';
export type { ScoreFunction } from './emulator/ranking.js';
export { CohereTestingController, type CohereTestingOptions } from './cohere-testing-controller.js';
export {
  CohereTestingModule,
  getCohereTestingToken,
  type CohereTestingExtras,
} from './cohere-testing.module.js';
export type { FailNextOptions, RecordedRerank } from './offline-cohere.js';
