import { pipeline, type Transform } from 'node:stream';
import { promisify } from 'node:util';
import {
  brotliDecompress,
  createBrotliDecompress,
  createGunzip,
  createInflate,
  gunzip,
  inflate,
  inflateRaw,
  type ZlibOptions,
} from 'node:zlib';
import { abortable } from './abortable.js';
import { InterruptedAttempt, UnusableResponse } from './attempt-failure.js';
import type { EndSignal } from './call-scope.js';
import {
  type Answer,
  type AnswerHead,
  bodyLimit,
  isFailure,
  type StreamedAnswer,
  tooLarge,
} from './exchange.js';

/** The maximum number of codings; with more, a body is not decoded. Each costs memory, and servers use one or two. */
const MOST_CODINGS = 4;

interface Decoder {
  readonly whole: (bytes: Buffer, options: ZlibOptions) => Promise<Buffer>;
  readonly stream: () => Transform;
}

const GZIP: Decoder = { whole: promisify(gunzip), stream: createGunzip };
const DECODERS: ReadonlyMap<string, Decoder> = new Map([
  ['gzip', GZIP],
  ['x-gzip', GZIP],
  ['deflate', { whole: inflateAny, stream: createInflate }],
  ['br', { whole: promisify(brotliDecompress), stream: createBrotliDecompress }],
]);

/** Some servers omit the zlib header of deflate. */
function inflateAny(bytes: Buffer, options: ZlibOptions): Promise<Buffer> {
  const hasHeader = ((bytes[0] ?? 0) & 0x0f) === 8;
  return promisify(hasHeader ? inflate : inflateRaw)(bytes, options);
}

/**
 * Decodes a body. No request accepts an encoding, but some proxies encode anyway. A name that is no coding, such as
 * `utf-8`, is ignored.
 *
 * @param maxBytes of a good answer, decoded
 * @throws UnusableResponse when a 2xx body cannot be decoded, or is too large; InterruptedAttempt when the signal aborts
 */
export async function decode(answer: Answer, maxBytes: number, signal: EndSignal): Promise<Answer> {
  let { bytes } = answer;
  for (const [coding, { whole }] of codingsOf(answer)) {
    try {
      // The codings were applied one after another.
      // oxlint-disable-next-line no-await-in-loop
      bytes = await abortable(
        whole(bytes, { maxOutputLength: bodyLimit(answer, maxBytes) }),
        signal,
      );
    } catch (error) {
      if (signal.aborted) {
        throw new InterruptedAttempt('body');
      }
      // The status of a failure decides.
      if (isFailure(answer)) {
        return { ...answer, bytes: Buffer.alloc(0) };
      }
      throw error instanceof RangeError ? tooLarge(answer) : undecodable(answer, coding);
    }
  }
  return { ...answer, bytes };
}

/** Does the same for a streamed answer. */
export function decodeStream(answer: StreamedAnswer): StreamedAnswer {
  return codingsOf(answer).reduce(({ body, ...head }, [, { stream }]) => {
    const decoder = stream();
    // A failure reaches the reader of the last stream.
    pipeline(body, decoder, () => undefined);
    return { ...head, body: decoder };
  }, answer);
}

/** Lists the codings, the last one applied first. */
function codingsOf({ headers }: AnswerHead): readonly (readonly [string, Decoder])[] {
  const names = [headers['content-encoding'] ?? []].flat().join().toLowerCase().split(',');
  const codings = names.flatMap((name) => {
    const decoder = DECODERS.get(name.trim());
    return decoder === undefined ? [] : [[name.trim(), decoder] as const];
  });
  return codings.length > MOST_CODINGS ? [] : codings.toReversed();
}

function undecodable({ status, headers }: AnswerHead, coding: string): UnusableResponse {
  const what = `the body is not ${coding}, as Content-Encoding says`;
  return new UnusableResponse(what, { status, headers, body: '' });
}

const BYTE_ORDER_MARK = 0xfeff;

/** Decodes UTF-8, without the byte order mark that some servers send before their JSON. */
export function toText(bytes: Buffer): string {
  const text = bytes.toString('utf8');
  return text.charCodeAt(0) === BYTE_ORDER_MARK ? text.slice(1) : text;
}
