import { changeEmulatorKey } from './api.js';
import { byId } from './dom.js';

/** @import { Problem, Status } from './api.js' */

const panel = byId('emulator', HTMLElement);
const statusLine = byId('key-status', HTMLElement);
const statusText = byId('key-status-text', HTMLElement);
const radios = [...panel.querySelectorAll('input')];

const STATE_TEXTS = new Map([
  ['active', "Emulator's key is valid"],
  ['trial', "Emulator's key is a trial key"],
  ['expired', "Emulator's key has expired"],
  ['revoked', "Emulator's key is revoked"],
  ['no-rerank', "Emulator's key may not rerank"],
]);

let state = 'active';

/** @param {Status | undefined} status undefined where the app does not answer */
export function showStatus(status) {
  if (status === undefined) {
    showKey('unknown', 'Key status unknown');
    return;
  }
  const { ranker, key, emulatorKey } = status;
  panel.hidden = ranker !== 'emulator';
  if (ranker === 'emulator') {
    showEmulatorKey(emulatorKey ?? 'active');
    return;
  }
  showKey(
    key.verdict,
    {
      valid: 'API key is valid',
      rejected: `API key: ${key.title ?? 'rejected'}`,
      undetermined: 'API key could not be checked',
    }[key.verdict],
  );
}

/**
 * Updates the status from a search, which also shows whether the key may rerank.
 *
 * @param {Pick<Problem, 'code' | 'title'> | undefined} problem
 */
export function learnFromSearch(problem) {
  if (!panel.hidden) {
    return;
  }
  if (problem === undefined) {
    showKey('valid', 'API key is valid');
  } else if (problem.code?.startsWith('COHERE_API_KEY_') === true) {
    showKey('rejected', `API key: ${problem.title}`);
  }
}

export function hasEmulator() {
  return !panel.hidden;
}

/**
 * @param {string} action
 * @returns {Promise<Problem | undefined>}
 */
export async function changeKey(action) {
  const problem = await changeEmulatorKey(action);
  const radio = radios.find(({ value }) => value === action);
  showEmulatorKey(problem === undefined ? (radio?.dataset['state'] ?? state) : state);
  return problem;
}

/** @param {(action: string) => void} listener */
export function onKeyChange(listener) {
  for (const radio of radios) {
    radio.addEventListener('change', () => listener(radio.value));
  }
}

/** @param {string} current */
function showEmulatorKey(current) {
  state = current;
  for (const radio of radios) {
    radio.checked = radio.dataset['state'] === state;
  }
  const works = state === 'active' || state === 'trial';
  showKey(works ? 'valid' : 'rejected', STATE_TEXTS.get(state) ?? state);
}

/**
 * @param {string} verdict
 * @param {string} text
 */
function showKey(verdict, text) {
  statusLine.dataset['verdict'] = verdict;
  statusText.textContent = text;
}
