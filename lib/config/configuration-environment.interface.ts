/** What of the process the configuration is read from; handed in, so that a test needs no process of its own. */
export interface ConfigurationEnvironment {
  /** `process.env` itself, not a copy: a key is read again after a rotation. */
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly workingDirectory: string;
  /** As ConfigModule's `envFilePath`: the first file wins. Only looked at to explain a failure. Default `.env`. */
  readonly envFilePaths?: readonly string[] | undefined;
}
