/**
 * A warning, not a refusal: nothing reaches the emulator unless a base URL points to it, and a demo image
 * may well be built with NODE_ENV=production. What must not happen is that nobody notices.
 */
export function warnInProduction(): void {
  if (process.env['NODE_ENV'] === 'production') {
    process.emitWarning(
      'The Cohere emulator is running with NODE_ENV=production. It ranks by word overlap and accepts well-known keys: use it for tests and demos only.',
      { code: 'COHERE_EMULATOR_IN_PRODUCTION' },
    );
  }
}
