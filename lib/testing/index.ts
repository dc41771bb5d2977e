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
export { CohereTestingController } from './cohere-testing-controller.js';
export { CohereTestingModule, type CohereTestingExtras } from './cohere-testing.module.js';
export { createFakeRerankService } from './create-fake-rerank-service.js';
export type { CohereTestingOptions } from './module/cohere-testing-options.interface.js';
export type { RecordedRerank } from './module/recorded-rerank.interface.js';
export type { FailNextOptions } from './module/scripted-failures.js';
export { getCohereTestingToken } from './module/testing-providers.js';
