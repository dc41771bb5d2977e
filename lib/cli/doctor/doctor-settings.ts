import { resolve } from 'node:path';
import { trimKey } from '../../config/api-key/api-key-lint.js';
import { shownKeyFile } from '../../config/api-key/file-key.source.js';
import { fingerprint, type Secret } from '../../config/api-key/secret.js';
import { normalizeBaseUrl, withoutTrailingSlashes } from '../../config/base-url.js';
import { describeValue, mayBeSecret } from '../../config/describe-value.js';
import { entriesOf, type EnvFile, type ShadowedSource } from '../../config/env-files.js';
import { type Setting, SETTINGS } from '../../config/settings.js';
import { rerankAt } from '../../rerank/rerank-operation.js';

/** One line of the doctor's report. Contains no secret. */
export interface SettingRow {
  readonly name: string;
  readonly value: string;
  /** `the environment`, `.env:3`, `--base-url`, `the default`; `undefined` if not set. */
  readonly source: string | undefined;
  readonly shadowed: readonly ShadowedSource[];
  readonly isWrong: boolean;
  /** The change made to a value that is not used as it is. */
  readonly note?: string | undefined;
}

export interface SettingSources {
  /** The process environment alone, without the files. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly files: readonly EnvFile[];
  /** The names of variables with an invalid value. */
  readonly wrong: readonly string[];
  readonly baseUrl: string | undefined;
  readonly keyVariable: string;
  readonly workingDirectory: string;
  /** The key, if it could be read and is valid. */
  readonly key: Secret | undefined;
}

type Placed = Pick<SettingRow, 'source' | 'shadowed'> & { readonly value: string | undefined };

const PROXY_VARIABLES = [
  'HTTPS_PROXY',
  'https_proxy',
  'HTTP_PROXY',
  'http_proxy',
  'NO_PROXY',
  'no_proxy',
];
const NAMED_SETTINGS: readonly Setting[] = Object.values(SETTINGS);

/** Returns every variable of the library, set or not, and the proxies between the app and Cohere. */
export function settingRows(sources: SettingSources): SettingRow[] {
  const secrets = [
    ...[sources.keyVariable, 'COHERE_API_KEY', 'CO_API_KEY'].map(
      (name) => place(name, sources).value,
    ),
    sources.key?.reveal(),
  ].filter((value) => value !== undefined);
  return [
    keyRow(sources),
    ...(sources.keyVariable === 'COHERE_API_KEY' ? [fileRow(sources)] : []),
    ...NAMED_SETTINGS.flatMap((setting) =>
      setting.variable === undefined || setting.rule.kind === 'apiKey'
        ? []
        : [rowOf(setting.variable, setting, sources, secrets)],
    ),
    ...PROXY_VARIABLES.flatMap((name) => proxyRow(name, sources.environment[name])),
  ];
}

/** Finds the value in effect: the environment wins over the files, and the first file over the others, as in ConfigModule. */
function place(name: string, { environment, files }: SettingSources): Placed {
  const entries = entriesOf(files, name);
  const fromEnvironment = environment[name];
  const [winner, ...losers] = entries;
  const value = fromEnvironment ?? winner?.value;
  return {
    value,
    source: fromEnvironment === undefined ? winner?.place : 'the environment',
    shadowed: (fromEnvironment === undefined ? losers : entries).map((entry) => ({
      place: entry.place,
      sameValue: entry.value === value,
      isEmpty: entry.value.trim() === '',
    })),
  };
}

function keyRow(sources: SettingSources): SettingRow {
  const name = sources.keyVariable;
  const { value, ...placed } = place(name, sources);
  const key = value === undefined ? undefined : trimKey(value);
  return {
    name,
    value:
      key === undefined
        ? 'not set'
        : key === ''
          ? 'empty'
          : `${key.length} characters, ${fingerprint(key)}`,
    ...placed,
    isWrong: sources.wrong.includes(name),
  };
}

function fileRow(sources: SettingSources): SettingRow {
  const name = 'COHERE_API_KEY_FILE';
  const { value = '', ...placed } = place(name, sources);
  const isUsed = (place('COHERE_API_KEY', sources).value ?? '').trim() === '';
  const content =
    isUsed && sources.key !== undefined
      ? ` (${sources.key.length} characters, ${sources.key.fingerprint})`
      : '';
  const path = shownKeyFile(value, resolve(sources.workingDirectory, value));
  const shown = path === undefined ? 'not shown: looks like a key' : plain(path, []);
  return {
    name,
    value: value.trim() === '' ? 'not set' : `${shown}${content}`,
    ...placed,
    isWrong: sources.wrong.includes(name),
  };
}

function rowOf(
  name: string,
  setting: Setting,
  sources: SettingSources,
  secrets: readonly string[],
): SettingRow {
  const { value = '', ...placed } = place(name, sources);
  if (name === 'COHERE_BASE_URL' && sources.baseUrl !== undefined) {
    const hidden =
      placed.source === undefined
        ? []
        : [{ place: placed.source, sameValue: value === sources.baseUrl, isEmpty: false }];
    return {
      name,
      ...shownAddress(sources.baseUrl, secrets),
      source: '--base-url',
      shadowed: [...hidden, ...placed.shadowed],
      isWrong: false,
    };
  }
  if (value.trim() === '') {
    return {
      name,
      value: setting.default === undefined ? 'not set' : String(setting.default),
      source: setting.default === undefined ? undefined : 'the default',
      shadowed: placed.shadowed,
      isWrong: false,
    };
  }
  const isWrong = sources.wrong.includes(name);
  const shown = isWrong
    ? { value: describeValue(withoutQuery(value), secrets) }
    : setting.rule.kind === 'baseUrl'
      ? shownAddress(value, secrets)
      : { value: plain(value.trim(), secrets) };
  return { name, ...shown, ...placed, isWrong };
}

/** Describes the address in effect, and which part was dropped or kept; shows the path only if it cannot be a secret. */
function shownAddress(
  text: string,
  secrets: readonly string[],
): Pick<SettingRow, 'value' | 'note'> {
  const address = normalizeBaseUrl(text);
  if (!('url' in address)) {
    return { value: describeValue(withoutQuery(text), secrets) };
  }
  const { origin, pathname } = new URL(address.url);
  if (mayBeSecret(pathname, secrets)) {
    return { value: `${origin}/…`, note: 'the path is not shown: it may contain a secret' };
  }
  const path = rerankAt(address).path;
  const written = withoutTrailingSlashes(new URL(text.trim()).pathname);
  const ending = written.slice(pathname.replace(/\/$/, '').length);
  return {
    value: address.url,
    note:
      ending === ''
        ? undefined
        : `${ending === path ? 'rerank' : `${ending} at its end is dropped; rerank`} is sent to ${address.url}${path}`,
  };
}

/** Removes the query, which may contain tokens. */
function withoutQuery(value: string): string {
  return value.replace(/^(https?:[^?#]*)[?#][^]*$/i, '$1?…');
}

function proxyRow(name: string, value: string | undefined): SettingRow[] {
  if (value === undefined || value === '') {
    return [];
  }
  const shown = withoutCredentials(value);
  return [
    {
      name,
      value: `${plain(shown, [])}${shown === value ? '' : ' (with credentials)'}`,
      source: 'the environment',
      shadowed: [],
      isWrong: false,
    },
  ];
}

/** Removes credentials: everything before the last `@`, with or without a scheme. */
function withoutCredentials(address: string): string {
  const at = address.lastIndexOf('@');
  if (at === -1) {
    return address;
  }
  const [scheme = ''] = /^[a-z][a-z0-9+.-]{0,20}:\/\//i.exec(address) ?? [];
  return `${scheme}${address.slice(at + 1)}`;
}

/** Removes the quotation marks, which only invalid values need. */
function plain(value: string, secrets: readonly string[]): string {
  return describeValue(value, secrets).replace(/^"(.*)"$/, '$1');
}
