import { type EnvFile, readEnvFiles } from '../../config/env-files.js';
import { readSettings } from '../../config/read-settings.js';
import { unreadVariables } from '../../config/notices.js';
import { resolveConfiguration } from '../../config/resolve-configuration.js';
import type {
  ConfigurationEnvironment,
  Notice,
  ResolvedConfiguration,
} from '../../config/resolved-configuration.interface.js';
import { CATALOGUE } from '../../diagnosis/catalogue.js';
import type { Diagnosis } from '../../diagnosis/diagnosis.interface.js';
import { ConfigurationError, DiagnosedError } from '../../diagnosis/errors.js';
import { readProxyVariables } from '../../transport/proxy/proxy-variables.js';
import type { CliIo } from '../usage.js';
import type { DoctorArguments } from './doctor-arguments.js';
import { type SettingRow, settingRows } from './doctor-settings.js';
import { loadsEnvFile } from './env-loading.js';

/** The findings of the doctor without any request. */
export interface Examination {
  readonly rows: readonly SettingRow[];
  readonly problems: readonly Diagnosis[];
  readonly notices: readonly Notice[];
  /** Names of the `.env` files that were read. */
  readonly files: readonly string[];
  /** Present when there is no problem. */
  readonly configuration: ResolvedConfiguration | undefined;
}

/** Merges environment and files like ConfigModule, and resolves them like the module. */
export async function examine(wanted: DoctorArguments, io: CliIo): Promise<Examination> {
  const envFilePaths = wanted.envFiles.length === 0 ? ['.env'] : wanted.envFiles;
  const place = { workingDirectory: io.workingDirectory, envFilePaths };
  const files = await readEnvFiles({ variables: io.environment, ...place });
  const fromFiles = Object.fromEntries(
    files.toReversed().flatMap(({ values }) => Object.entries(values)),
  );
  const variables: ConfigurationEnvironment['variables'] = { ...fromFiles, ...io.environment };

  const { configuration, problems } = await resolve(wanted, { variables, ...place });
  const wrong = [
    ...readSettings({}, variables).wrong.map(({ name }) => name),
    ...(problems.some(({ code }) => CATALOGUE[code].aboutKey) ? [keyVariable(variables)] : []),
  ];
  return {
    rows: settingRows({
      environment: io.environment,
      files,
      wrong,
      baseUrl: wanted.baseUrl,
      keyVariable: wanted.keyVariable,
      workingDirectory: io.workingDirectory,
      key: configuration?.apiKey,
    }),
    problems,
    notices: [
      ...files.flatMap(({ unusable }) => (unusable === undefined ? [] : [warning(unusable)])),
      ...(await unloadedFiles(wanted, files, io)),
      ...(configuration?.notices ?? unreadVariables(variables, wanted.baseUrl)),
    ],
    files: files.filter(({ unusable }) => unusable === undefined).map(({ name }) => name),
    configuration,
  };
}

/** Reports a `.env` that nothing but the doctor reads, unless it is named on the command line. */
async function unloadedFiles(
  { envFiles }: DoctorArguments,
  files: readonly EnvFile[],
  { workingDirectory }: CliIo,
): Promise<Notice[]> {
  const [file] = files.filter(({ values }) => Object.keys(values).some(isOurs));
  if (
    file === undefined ||
    envFiles.length > 0 ||
    (await loadsEnvFile(workingDirectory)) !== false
  ) {
    return [];
  }
  return [
    warning({
      seen: `Nothing in this project seems to load ${file.name}, so the app does not see it`,
      fix: 'Import ConfigModule.forRoot() in the root module, or start Node with --env-file.',
    }),
  ];
}

function isOurs(name: string): boolean {
  return name.startsWith('COHERE_');
}

function warning({ seen, fix }: { readonly seen: string; readonly fix: string }): Notice {
  return { level: 'warn', message: `${seen}. ${fix}` };
}

/** Returns the variable of the key, as the module chooses it. */
function keyVariable({
  COHERE_API_KEY = '',
  COHERE_API_KEY_FILE = '',
}: ConfigurationEnvironment['variables']): string {
  return COHERE_API_KEY.trim() === '' && COHERE_API_KEY_FILE.trim() !== ''
    ? 'COHERE_API_KEY_FILE'
    : 'COHERE_API_KEY';
}

async function resolve(
  { baseUrl, keyVariable: env }: DoctorArguments,
  environment: ConfigurationEnvironment,
): Promise<Pick<Examination, 'configuration' | 'problems'>> {
  try {
    // Without --env, like the module: COHERE_API_KEY, then the file of COHERE_API_KEY_FILE.
    const apiKey = env === 'COHERE_API_KEY' ? undefined : { env };
    const configuration = await resolveConfiguration({ apiKey, baseUrl }, environment);
    readProxyVariables(environment.variables, configuration.settings.baseUrl);
    return { configuration, problems: [] };
  } catch (error) {
    if (error instanceof ConfigurationError) {
      return { configuration: undefined, problems: error.problems };
    }
    if (error instanceof DiagnosedError) {
      return { configuration: undefined, problems: [error.diagnosis] };
    }
    throw error;
  }
}
