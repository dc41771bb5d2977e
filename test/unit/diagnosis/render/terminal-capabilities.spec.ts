import { describe, expect, it } from 'vitest';
import { readTerminalCapabilities } from '../../../../lib/diagnosis/render/terminal-capabilities.js';

const TERMINAL = { isTTY: true, columns: 90 };
const PIPE = { isTTY: false };

describe('colour', () => {
  it.each([
    ['on a terminal', TERMINAL, {}, true],
    ['not in a pipe', PIPE, {}, false],
    ['not where NO_COLOR is set', TERMINAL, { NO_COLOR: '1' }, false],
    ['still where NO_COLOR is empty', TERMINAL, { NO_COLOR: '' }, true],
    ['not on a dumb terminal', TERMINAL, { TERM: 'dumb' }, false],
    ['in a pipe where FORCE_COLOR is set', PIPE, { FORCE_COLOR: '1' }, true],
    ['in a pipe where FORCE_COLOR is empty', PIPE, { FORCE_COLOR: '' }, true],
    ['not where FORCE_COLOR is 0', TERMINAL, { FORCE_COLOR: '0' }, false],
    ['in a pipe where FORCE_COLOR is 2', PIPE, { FORCE_COLOR: '2' }, true],
    ['in a pipe where FORCE_COLOR is true', PIPE, { FORCE_COLOR: 'true' }, true],
    ['not where FORCE_COLOR is false', TERMINAL, { FORCE_COLOR: 'false' }, false],
    ['still on another terminal', TERMINAL, { TERM: 'xterm' }, true],
    ['where FORCE_COLOR and NO_COLOR differ', PIPE, { FORCE_COLOR: '3', NO_COLOR: '1' }, true],
  ])('%s', (_when, stream, environment, color) => {
    expect(readTerminalCapabilities(stream, environment).color).toBe(color);
  });
});

describe('the width', () => {
  it.each([
    ['is that of the terminal', TERMINAL, 90],
    ['is never wider than one can read', { isTTY: true, columns: 300 }, 200],
    ['is 100 in a pipe', PIPE, 100],
    ['is 100 where the terminal does not know', { isTTY: true, columns: 0 }, 100],
    ['is 100 where the terminal does not say', { isTTY: true }, 100],
    ['is 100 where it is not said whether it is a terminal', { columns: 90 }, 100],
    ['is as narrow as the terminal', { isTTY: true, columns: 1 }, 1],
  ])('%s', (_what, stream, width) => {
    expect(readTerminalCapabilities(stream, {}).width).toBe(width);
  });
});

describe('Unicode', () => {
  it.each([
    [{ LANG: 'en_GB.UTF-8' }, true],
    [{ LC_CTYPE: 'C.utf8' }, true],
    [{ LC_ALL: 'C', LANG: 'en_GB.UTF-8' }, false],
    [{ LC_ALL: '', LANG: 'en_GB.UTF-8' }, true],
    [{ LANG: 'de_DE.ISO-8859-1' }, false],
    [{ LC_CTYPE: 'C', LANG: 'en_GB.UTF-8' }, false],
    [{ LC_ALL: undefined, LC_CTYPE: '', LANG: 'en_GB.utf-8' }, true],
    [{}, false],
  ])('in %o is %s', (environment, unicode) => {
    expect(readTerminalCapabilities(TERMINAL, environment).unicode).toBe(unicode);
  });
});
