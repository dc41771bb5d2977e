import { changeEmulatorKey } from './api.js';
import { byId } from './dom.js';

/** @import { Problem, Status } from './api.js' */

const panel = byId('emulator', HTMLElement);
const statusLine = byId('key-status', HTMLElement);
const statusText = byId('key-status-text', HTMLElement);
const buttons = [...panel.querySelectorAll('button')];

const STATE_TEXTS = new Map([
  ['active', "Emulator's key is valid"],
  ['expired', "Emulator's key has expired"],
  ['revoked', "Emulator's key is revoked"],
  ['no-rerank', "Emulator's key may not rerank"],
]);

let isChanging = false;

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
 * A search tells more than a check: whether the key may rerank.
 *
 * @param {Problem | undefined} problem
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
  const button = buttons.find((candidate) => candidate.dataset['action'] === action);
  if (isChanging || button === undefined) {
    return undefined;
  }
  isChanging = true;
  try {
    const problem = await changeEmulatorKey(action);
    if (problem === undefined) {
      showEmulatorKey(button.dataset['state'] ?? 'active');
    }
    return problem;
  } finally {
    isChanging = false;
  }
}

/** @param {(action: string) => void} listener */
export function onKeyButton(listener) {
  for (const button of buttons) {
    button.addEventListener('click', () => listener(button.dataset['action'] ?? ''));
  }
}

/** @param {string} state */
function showEmulatorKey(state) {
  for (const button of buttons) {
    button.setAttribute('aria-pressed', String(button.dataset['state'] === state));
  }
  showKey(state === 'active' ? 'valid' : 'rejected', STATE_TEXTS.get(state) ?? state);
}

/**
 * @param {string} verdict
 * @param {string} text
 */
function showKey(verdict, text) {
  statusLine.dataset['verdict'] = verdict;
  statusText.textContent = text;
}
