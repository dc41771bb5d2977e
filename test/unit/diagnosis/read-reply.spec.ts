import { HIDDEN } from '../../../lib/diagnosis/redact/known-secret.js';
import { describe, expect, it } from 'vitest';
import { isRequestId, readReply } from '../../../lib/diagnosis/read-reply.js';
import type { ReceivedResponse } from '../../../lib/diagnosis/request-context.js';
import { CANARY } from './fixtures.js';

function reply(body: string, headers: ReceivedResponse['headers'] = {}, secrets: string[] = []) {
  return readReply({ status: 500, headers, body }, secrets);
}

const HTML = { 'content-type': 'text/html' };

describe('the message of a response', () => {
  it.each([
    ['{"message":"said"}', 'said'],
    ['\uFEFF {"message":"said"} \n', 'said'],
    ['{"error":{"message":"said"}}', 'said'],
    ['{"error":"said"}', 'said'],
    ['{"detail":"said"}', 'said'],
    ['{"Message":"said"}', 'said'],
    ['{"message":7,"error":null,"detail":[],"Message":"said"}', 'said'],
    ['{"detail":[{"loc":["body","documents"],"msg":"said"}]}', 'body.documents: said'],
    ['{"detail":[{"msg":"said"},{"loc":[1],"msg":"more"}]}', 'said; 1: more'],
    ['{"detail":{"error":{"message":"said"}}}', 'said'],
    ['{"error":{"message":{"detail":"said"}}}', 'said'],
    ['{"message":{"error":"said"}}', 'said'],
    ['{"errors":[{"message":"said"},"more"]}', 'said; more'],
    ['{"errors":{"documents":["said"]}}', 'documents: said'],
    ['{"error_msg":"said"}', 'said'],
    ['{"fault":{"faultstring":"said"}}', 'said'],
    ['[{"error":{"message":"said"}}]', 'said'],
    ['{"error":{"code":"DeploymentNotFound"}}', 'deployment not found'],
    ['{"message":"first","error":"second"}', 'first'],
    ['{"error":"first","detail":"second"}', 'first'],
    ['{"error":"invalid_token","error_description":"said"}', 'said'],
    ['"said"', 'said'],
    ['"sa\\"id" ', 'sa"id'],
    ['said', 'said'],
    ['said {a "b" [c', 'said {a "b" [c'],
    ['<h1><title>said</title>', 'said'],
    ['<h1><TITLE lang="en">said</TITLE>', 'said'],
    ['<title>said', 'said'],
    ['<title\n>said<', 'said'],
  ])('of %s is found', (body, message) => {
    expect(reply(body).message).toBe(message);
  });

  it.each([
    ['', 'empty'],
    [' \n', 'empty'],
    ['{}', 'json'],
    ['{"message":"500"}', 'json'],
    ['{"message":""}', 'json'],
    ['{"message":"cut', 'text'],
    ['[1, 2]', 'json'],
    ['"sai', 'text'],
    ['<?xml version="1.0"?><html><p>said</p></html>', 'html'],
    ['<html>said</html>', 'html'],
    ['<titles>said', 'html'],
    ['<title said', 'html'],
  ])('of %s is absent, and its format is %s', (body, format) => {
    expect(reply(body)).toMatchObject({ format, message: undefined });
  });

  it.each(['text/html', 'TEXT/HTML; charset=utf-8', 'application/xhtml+xml'])(
    'of a page recognized by its type %s is its title',
    (type) => {
      expect(reply('said', { 'Content-Type': type })).toMatchObject({
        format: 'html',
        message: undefined,
      });
      expect(reply('page <title ', { 'content-type': [type] }).message).toBeUndefined();
    },
  );

  it.each([
    '<?xml version="1.0"?><Error><Code>said</Code></Error>',
    '<Error>\n<Code>said</Code>\n</Error>',
  ])('of %s is the words of an API, which is no page', (body) => {
    expect(reply(body, { 'content-type': 'application/xml' })).toMatchObject({
      format: 'text',
      message: 'said',
    });
  });

  it('of an empty one is that of its WWW-Authenticate', () => {
    const challenge = 'Bearer error="invalid_token", error_description="said"';

    expect(reply('', { 'www-authenticate': challenge })).toMatchObject({
      format: 'empty',
      message: 'said',
    });
    expect(reply('{"message":"more"}', { 'www-authenticate': challenge }).message).toBe('more');
    expect(reply('', { 'www-authenticate': 'Bearer realm="x"' }).message).toBeUndefined();
  });

  it('is searched within a limit', () => {
    expect(reply('a'.repeat(9_000)).rawMessage).toHaveLength(2_048);
    expect(reply(`<p>${' '.repeat(17_000)}<title>late</title>`).message).toBeUndefined();
    expect(reply(`<p>${' '.repeat(16_000)}<title>early</title>`).message).toBe('early');
  });

  it('is unchanged for matching, and without the key for output', () => {
    expect(reply(`bad ${CANARY}`, {}, [CANARY])).toMatchObject({
      rawMessage: `bad ${CANARY}`,
      message: HIDDEN,
    });
  });
});

const UUID = '07734bd2-2473-4f07-94e1-0d9f0e6843cf';
const HEX_16 = '5f6d4cf5a1b5f7c4';

describe('the id of a response', () => {
  it.each([
    HEX_16,
    `${HEX_16}${HEX_16}`,
    UUID,
    UUID.toUpperCase(),
    `rerank-${UUID}`,
    `ab-${HEX_16}`,
  ])('is accepted: %s', (id) => {
    expect(isRequestId(id)).toBe(true);
  });

  it.each([
    `${HEX_16}a`,
    `g${HEX_16.slice(1)}`,
    `a-${HEX_16}`,
    `abcdefghijklm-${HEX_16}`,
    `-${UUID}`,
    ` ${UUID}`,
    `${UUID} `,
    `${UUID}0`,
    UUID.replaceAll('-', ''.padEnd(2, '-')),
    '',
  ])('is not accepted: %s', (id) => {
    expect(isRequestId(id)).toBe(false);
  });

  it('is that of the trace, else that of the body', () => {
    const body = JSON.stringify({ id: UUID });

    expect(reply(body).requestId).toBe(UUID);
    expect(reply(body, { 'X-Debug-Trace-Id': HEX_16 }).requestId).toBe(HEX_16);
    expect(reply(body, { 'x-debug-trace-id': CANARY }).requestId).toBe(UUID);
    expect(reply(body, {}, [UUID]).requestId).toBeUndefined();
    expect(reply('none').requestId).toBeUndefined();
  });

  it('is found behind a header that is there without a value, and in a list', () => {
    const headers = { 'X-Debug-Trace-Id': undefined, 'x-debug-trace-id': [HEX_16, UUID] };

    expect(reply('', headers).requestId).toBe(HEX_16);
  });
});

describe('where a redirect points to', () => {
  it.each([
    ['https://login.example:8443/path?token=x#y', 'https://login.example:8443'],
    ['http://me:secret@login.example/', 'http://login.example'],
    ['/login', undefined],
    ['mailto:me@login.example', undefined],
    [undefined, undefined],
  ])('%s is shown as %s', (location, shown) => {
    expect(reply('', { location }).location).toBe(shown);
  });

  it('does not show a key in its host', () => {
    const location = `https://${CANARY.toLowerCase()}.example/`;

    expect(reply('', { location }, [CANARY]).location).toBe(HIDDEN);
  });

  it('is cut if the host is too long', () => {
    const location = `https://${'a.'.repeat(400)}example/`;

    expect(reply('', { location }).location).toHaveLength(300);
  });

  it('is not a page by itself', () => {
    expect(reply('', HTML).format).toBe('empty');
  });
});
