// Plays Cohere for the soak: ranks by the number each document begins with, accepts one key at a time, misbehaves as the query
// asks, and counts what is in flight. It is apart from test/support because plain Node runs it, in a process of its own.
import { createServer } from 'node:http';

let key = process.argv[2];
let inFlight = 0;
let mostInFlight = 0;
let refused = 0;

const server = createServer((request, response) => {
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('error', () => undefined);
  request.on('end', () => {
    const isValid = request.headers.authorization === `Bearer ${key}`;
    if (request.url === '/v1/check-api-key') {
      json(
        response,
        isValid ? 200 : 401,
        isValid ? { valid: true } : { message: 'invalid api token' },
      );
      return;
    }
    inFlight += 1;
    mostInFlight = Math.max(mostInFlight, inFlight);
    response.on('close', () => (inFlight -= 1));
    if (!isValid) {
      refused += 1;
      json(response, 401, { message: 'invalid api token' });
      return;
    }
    serve(JSON.parse(Buffer.concat(chunks).toString()), request, response);
  });
});

function serve(body, request, response) {
  const fault = /^fault:([\w-]+)/.exec(body.query)?.[1];
  switch (fault) {
    case undefined:
      setTimeout(() => rank(body, response), Math.random() * 3);
      // The race of keep-alive: the connection is closed while the client may be about to use it again.
      if (Math.random() < 0.02) {
        response.on('finish', () => setTimeout(() => request.socket.end(), Math.random() * 3));
      }
      return;
    case 'hang':
      return;
    case 'reset':
      request.socket.resetAndDestroy();
      return;
    case 'cut':
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': 1_000 });
      response.write('{"results":[', () => request.socket.destroy());
      return;
    case 'garbage':
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"results":[{"index":9');
      return;
    case 'spurious-401':
      if (Math.random() < 0.5) {
        json(response, 401, { message: 'invalid api token' });
      } else {
        rank(body, response);
      }
      return;
    default:
      json(response, Number(fault), { message: 'as asked for' });
  }
}

function rank({ documents, top_n: topN }, response) {
  const results = documents
    .map((text, index) => ({ index, relevance_score: Number.parseInt(text, 10) / 1_000 }))
    .toSorted((a, b) => b.relevance_score - a.relevance_score || a.index - b.index);
  json(response, 200, { id: 'soak', results: results.slice(0, topN ?? documents.length) });
}

function json(response, status, body) {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

process.on('message', (message) => {
  if (message.key !== undefined) {
    ({ key } = message);
  }
  if (message.counts === true) {
    process.send({ mostInFlight, refused });
  }
});
process.on('disconnect', () => process.exit());
server.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }));
