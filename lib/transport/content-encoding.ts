import { pipeline, type Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate, createInflateRaw } from 'node:zlib';
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

const DECODERS: ReadonlyMap<string, () => Transform> = new Map([
  ['gzip', createGunzip],
  ['x-gzip', createGunzip],
  ['deflate', createInflate],
  ['br', createBrotliDecompress],
]);

/**
 * Decodes a body. No request accepts an encoding, but some proxies encode anyway. A name that is no coding, such as
 * `utf-8`, is ignored.
 *
 * @param maxBytes of a good answer, decoded
 * @throws UnusableResponse when a 2xx body cannot be decoded, or is too large; InterruptedAttempt
 */
export async function decode(answer: Answer, maxBytes: number, signal: EndSignal): Promise<Answer> {
  let decoded = answer;
  for (const coding of codingsOf(answer)) {
    // The codings were applied one after another.
    // oxlint-disable-next-line no-await-in-loop
    decoded = await decodeOne(decoded, coding, bodyLimit(answer, maxBytes), signal);
  }
  return decoded;
}

/** Does the same for a streamed answer. */
export function decodeStream(answer: StreamedAnswer): StreamedAnswer {
  return codingsOf(answer).reduce(({ body, ...head }, coding) => {
    const decoder = decoderOf(coding);
    // A failure reaches the reader of the last stream.
    pipeline(body, decoder, () => undefined);
    return { ...head, body: decoder };
  }, answer);
}

/** Decodes as much of the body of a failure as possible; its status decides. */
async function decodeOne(
  answer: Answer,
  coding: string,
  limit: number,
  signal: EndSignal,
): Promise<Answer> {
  const decoder = decoderOf(coding, answer.bytes);
  const chunks: Buffer[] = [];
  let size = 0;
  let hasFailed = false;
  decoder.end(answer.bytes);
  try {
    for await (const chunk of decoder) {
      const bytes = Buffer.from(chunk);
      chunks.push(bytes);
      size += bytes.length;
      if (size > limit || signal.aborted) {
        break;
      }
    }
  } catch {
    hasFailed = true;
  }
  if (signal.aborted) {
    throw new InterruptedAttempt('body');
  }
  if (!isFailure(answer) && (hasFailed || size > limit)) {
    throw hasFailed ? undecodable(answer, coding) : tooLarge(answer);
  }
  return { ...answer, bytes: Buffer.concat(chunks, Math.min(size, limit)) };
}

/** Lists the codings, the last one applied first. */
function codingsOf({ headers }: AnswerHead): readonly string[] {
  const names = [headers['content-encoding'] ?? []].flat().join().toLowerCase().split(',');
  const codings = names.map((name) => name.trim()).filter((name) => DECODERS.has(name));
  return codings.length > MOST_CODINGS ? [] : codings.toReversed();
}

function decoderOf(coding: string, bytes?: Buffer): Transform {
  // Some servers omit the zlib header of deflate.
  if (coding === 'deflate' && bytes !== undefined && ((bytes[0] ?? 0) & 0x0f) !== 8) {
    return createInflateRaw();
  }
  return DECODERS.get(coding)?.() ?? createGunzip();
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
