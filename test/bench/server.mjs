// Plays Cohere for the bench, as cheaply as node:http allows: DELAY_MS=0 answers a body of a length it has seen before with the
// bytes of last time, so that the contenders are measured and not the server. It is apart from test/support because plain Node
// runs it, in a process of its own.
import { createServer } from 'node:http';
import { rank } from './score.mjs';

const delayMs = Number(process.env.DELAY_MS ?? 0);
const answers = new Map();
const VALID = Buffer.from('{"valid":true}');
const REFUSAL = Buffer.from('{"message":"invalid api token"}');

const server = createServer((request, response) => {
  const chunks = [];
  let length = 0;
  request.on('data', (chunk) => {
    chunks.push(chunk);
    length += chunk.length;
  });
  request.on('end', () => {
    const isRefused = request.headers.authorization?.includes('refused') === true;
    const isCheck = request.url.endsWith('/check-api-key');
    const body = isRefused ? REFUSAL : isCheck ? VALID : rerank(chunks, length);
    const send = () => {
      response.writeHead(isRefused ? 401 : 200, {
        'content-type': 'application/json',
        'content-length': body.length,
      });
      response.end(body);
    };
    if (delayMs === 0) {
      send();
    } else {
      setTimeout(send, delayMs);
    }
  });
});

function rerank(chunks, length) {
  if (delayMs > 0) {
    return answer(chunks);
  }
  let body = answers.get(length);
  if (body === undefined) {
    body = answer(chunks);
    answers.set(length, body);
  }
  return body;
}

function answer(chunks) {
  const { documents } = JSON.parse(Buffer.concat(chunks).toString());
  const texts = documents.map((document) =>
    typeof document === 'string' ? document : document.text,
  );
  return Buffer.from(
    JSON.stringify({
      id: '07734bd2-2473-4f07-94e1-0d9f0e6843cf',
      results: rank(texts),
      meta: {
        api_version: { version: '2', is_experimental: false },
        billed_units: { search_units: Math.ceil(texts.length / 100) },
      },
    }),
  );
}

// A contender held up by a busy machine must not find its connections closed.
server.keepAliveTimeout = 0;

server.listen(0, '127.0.0.1', () => {
  process.send({ url: `http://127.0.0.1:${server.address().port}` });
});
process.on('disconnect', () => process.exit());
