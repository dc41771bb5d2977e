import type { Diagnosis } from '../diagnosis/diagnosis.interface.js';
import type { ApiKeySource } from './api-key/api-key-source.interface.js';
import type { Secret } from './api-key/secret.js';
import type {
  CohereModuleOptions,
  SettingName,
  SETTINGS,
  StartupCheckOptions,
} from './settings.js';

/** A warning to log about an unusual setting. Never contains a secret. */
export interface Notice {
  readonly level: 'warn' | 'debug';
  readonly message: string;
}

/** The process from which the configuration is read; a parameter, so that a test can replace it. */
export interface ConfigurationEnvironment {
  /** `process.env` itself, not a copy: a key is read again after a rotation. */
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly workingDirectory: string;
  /** The paths of ConfigModule's `envFilePath`: the first file wins. Default `.env`. */
  readonly envFilePaths?: readonly string[] | undefined;
}

type SimpleName = Exclude<keyof CohereModuleOptions, 'apiKey' | 'startupCheck'>;

type NameWithDefault = {
  [Name in SettingName]: (typeof SETTINGS)[Name] extends { readonly default: unknown }
    ? Name
    : never;
}[SettingName];

/** The complete and valid settings, after environment, defaults and validation. */
export type CohereSettings = {
  readonly [Name in SimpleName & NameWithDefault]: NonNullable<CohereModuleOptions[Name]>;
} & {
  readonly [Name in Exclude<SimpleName, NameWithDefault>]?: CohereModuleOptions[Name];
} & {
  readonly headers: Readonly<Record<string, string>>;
  /** The path under the base URL that rerank is sent to; absent unless the base URL named one. */
  readonly rerankPath?: string | undefined;
  readonly startupCheck: {
    readonly [Name in keyof StartupCheckOptions]-?: NonNullable<StartupCheckOptions[Name]>;
  };
};

/** A valid configuration. */
export interface ResolvedConfiguration {
  readonly settings: CohereSettings;
  readonly keySource: ApiKeySource;
  /** The key as read and checked at boot; `undefined` for `apiKey: false`. */
  readonly apiKey: Secret | undefined;
  /** Warnings to log once at boot. Never contain a secret. */
  readonly notices: readonly Notice[];
  /**
   * Returns the origin of the key for a report: `COHERE_API_KEY from .env:3, 42 characters, sha256:1f3a9c02`. Reads
   * files, so it is called only after a failure.
   */
  describeApiKey(): Promise<string>;
  /** Adds to a verdict the origin of the key and, for a rejected one, its likeliest defect as the first fix. */
  describeVerdict(this: void, diagnosis: Diagnosis): Promise<Diagnosis>;
}
