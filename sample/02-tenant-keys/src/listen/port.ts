import { createServer } from 'node:net';

const DEFAULT_PORT = 3000;
const MAX_PORT = 65_535;

/** sysexits.h: 78 is a configuration error, 69 a service that is unavailable. */
const EXIT_CODE = { invalid: 78, unavailable: 69 };

/** The app cannot listen; its message is all there is to say. */
export class PortError extends Error {
  constructor(
    message: string,
    readonly exitCode: number,
  ) {
    super(message);
  }
}

/** The port that `PORT` names. Node would take a word for the path of a socket, and create that file. */
export function readPort({ PORT: value }: NodeJS.ProcessEnv): number {
  if (value === undefined || value.trim() === '') {
    return DEFAULT_PORT;
  }
  const port = Number(value);
  if (!/^\d+$/.test(value.trim()) || port > MAX_PORT) {
    throw new PortError(
      `PORT must be a whole number from 0 to ${MAX_PORT} (0: any free port), not ${JSON.stringify(value)}.`,
      EXIT_CODE.invalid,
    );
  }
  return port;
}

/**
 * Asked before the app is built: Nest would log its start first, then the error and a stack.
 *
 * @param command what starts this sample
 */
export async function requireFreePort(port: number, command: string): Promise<void> {
  const server = createServer();
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, resolve);
    });
  } catch (error) {
    throw new PortError(reasonFor(port, command, error), EXIT_CODE.unavailable);
  }
  await new Promise((resolve) => server.close(resolve));
}

function reasonFor(port: number, command: string, error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  const next = port < MAX_PORT ? port + 1 : port - 1;
  switch (code) {
    case 'EADDRINUSE':
      return `Port ${port} is already in use. Choose another one: PORT=${next} ${command}`;
    case 'EACCES':
      return `This user may not listen on port ${port}. Choose another one: PORT=${DEFAULT_PORT} ${command}`;
    default:
      return `Cannot listen on port ${port}: ${String(error)}`;
  }
}
