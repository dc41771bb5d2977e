import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import { listenOnLoopback, portOf } from './loopback.js';

/** A request as it arrived. */
export interface StubRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** What the stub does with one request. */
export type Answer = (request: StubRequest, response: ServerResponse) => void;

/**
 * A real HTTP server on loopback that answers by script: one answer per request, the last one for good. Every test in which
 * Cohere has to misbehave, or to say certain words, uses this one; where it has to behave, the emulator.
 */
export class StubCohere {
  readonly requests: StubRequest[] = [];
  /** Requests to `check-api-key` that `keyCheck` answered; they are not among `requests`. */
  readonly keyChecks: StubRequest[] = [];
  /** Answers `check-api-key` in place of the script. */
  keyCheck: Answer | undefined;
  readonly connections = new Set<Socket>();
  connectionCount = 0;
  readonly #server: Server;
  readonly #script: Answer[];

  private constructor(script: readonly Answer[]) {
    this.#script = [...script];
    this.#server = createServer((request, response) => {
      void this.#serve(request, response);
    });
    this.#server.on('connection', (socket) => {
      this.connectionCount += 1;
      this.connections.add(socket);
      socket.on('close', () => this.connections.delete(socket));
      socket.on('error', () => undefined);
    });
  }

  /** Starts a server that ends with the test. */
  static async start(...script: readonly Answer[]): Promise<StubCohere> {
    const stub = await StubCohere.open(...script);
    onTestFinished(() => stub.stop());
    return stub;
  }

  /** As `start`, for a hook or a concurrent test, of which Vitest does not know the end: stop it there. */
  static async open(...script: readonly Answer[]): Promise<StubCohere> {
    const stub = new StubCohere(script);
    await listenOnLoopback(stub.#server);
    return stub;
  }

  get url(): string {
    return `http://127.0.0.1:${portOf(this.#server)}`;
  }

  /** Paths of the requests so far. */
  get paths(): readonly string[] {
    return this.requests.map(({ path }) => path);
  }

  /** The documents of each request so far. */
  get documents(): readonly (readonly string[])[] {
    return this.requests.map(({ body }) => documentsOf(body));
  }

  /** Replaces the rest of the script. */
  script(...answers: readonly Answer[]): void {
    this.#script.splice(0, Infinity, ...answers);
  }

  stop(): Promise<void> {
    this.#server.closeAllConnections();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }

  async #serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of incoming) {
        chunks.push(chunk);
      }
    } catch {
      return;
    }
    const request = {
      method: incoming.method ?? '',
      path: incoming.url ?? '',
      headers: incoming.headers,
      body: Buffer.concat(chunks).toString(),
    };
    if (this.keyCheck !== undefined && request.path === '/v1/check-api-key') {
      this.keyChecks.push(request);
      this.keyCheck(request, response);
      return;
    }
    this.requests.push(request);
    const answer = this.#script.length > 1 ? this.#script.shift() : this.#script[0];
    (answer ?? ranking())(request, response);
  }
}

/** Ranks the documents as sent; `score` gives the score of each, by default falling with the index. */
export function ranking(
  score: (document: string, index: number) => number = (_, index) => 1 / (index + 1),
  extra: object = {},
): Answer {
  return ({ body, path }, response) => {
    if (body === '') {
      // A request that has no documents, such as that of the key check.
      return sendJson(response, 404, { message: `no ranking at ${path}` });
    }
    const topN: unknown = JSON.parse(body).top_n;
    const results = documentsOf(body)
      .map((document, index) => ({ index, relevance_score: score(document, index) }))
      .toSorted((a, b) => b.relevance_score - a.relevance_score || a.index - b.index)
      .slice(0, typeof topN === 'number' ? topN : undefined);
    sendJson(response, 200, {
      id: '07734bd2-2473-4f07-94e1-0d9f0e6843cf',
      results,
      meta: { api_version: { version: '2' }, billed_units: { search_units: 1 } },
      ...extra,
    });
  };
}

export function json(status: number, body: unknown, headers: Record<string, string> = {}): Answer {
  return (_, response) => sendJson(response, status, body, headers);
}

export function text(
  status: number,
  body: string | Buffer,
  headers: Record<string, string> = {},
): Answer {
  return (_, response) => {
    response.writeHead(status, headers).end(body);
  };
}

export function html(status: number): Answer {
  return text(status, `<!doctype html><title>${status}</title>`, { 'content-type': 'text/html' });
}

/** Cohere's words for a key it does not know. */
export const unauthorized: Answer = json(401, { message: 'invalid api token' });

/** Never answers. */
export const hang: Answer = () => undefined;

/** Begins to answer, and goes no further. */
export const hangInBody: Answer = (_, response) => {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': 1_000 });
  response.write('{"results":[');
};

/** Ends the connection without an answer. */
export const resetBeforeHeaders: Answer = (_, response) => {
  response.socket?.resetAndDestroy();
};

/** Ends the connection in the middle of the answer. */
export const resetInBody: Answer = (_, response) => {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': 1_000 });
  response.write('{"results":[', () => response.socket?.resetAndDestroy());
};

/** One byte every ten milliseconds: alive, and of no use. */
export const drip: Answer = (_, response) => {
  response.writeHead(200, { 'content-type': 'application/json' });
  const timer = setInterval(() => response.write(' '), 10);
  response.on('close', () => clearInterval(timer));
};

function sendJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  response
    .writeHead(status, { 'content-type': 'application/json', ...headers })
    .end(JSON.stringify(body));
}

function documentsOf(body: string): string[] {
  const parsed: { documents: string[] } = JSON.parse(body);
  return parsed.documents;
}
