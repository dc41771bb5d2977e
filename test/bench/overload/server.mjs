// Plays a Cohere that serves 80 requests a second: 16 workers, each takes 200 ms for one, on average. A request that comes while
// all are busy waits in line; one that was given up meanwhile costs nothing, one that is being worked on is worked on to its end.
import { createServer } from 'node:http';

const WORKERS = 16;
const [least, most] = JSON.parse(process.env.LATENCY);
const seen = { requests: 0, served: 0, abandoned: 0, connections: 0, mostConnections: 0 };
const line = [];
let busy = 0;
let open = 0;

const server = createServer((request, response) => {
  seen.requests += 1;
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  response.once('close', () => {
    if (!response.writableFinished) {
      seen.abandoned += 1;
    }
  });
  request.on('end', () => {
    line.push({ response, body: Buffer.concat(chunks).toString() });
    work();
  });
});

function work() {
  while (busy < WORKERS && line.length > 0) {
    const { response, body } = line.shift();
    if (response.destroyed) {
      continue;
    }
    busy += 1;
    setTimeout(
      () => {
        busy -= 1;
        if (!response.destroyed) {
          seen.served += 1;
          response.setHeader('content-type', 'application/json');
          response.end(answer(body));
        }
        work();
      },
      least + Math.random() * (most - least),
    );
  }
}

function answer(body) {
  const { documents } = JSON.parse(body);
  const results = documents.map((_, index) => ({ index, relevance_score: 0.9 - index / 100 }));
  return JSON.stringify({ id: 'bench', results });
}

server.keepAliveTimeout = 0;
server.on('connection', (socket) => {
  seen.connections += 1;
  open += 1;
  seen.mostConnections = Math.max(seen.mostConnections, open);
  socket.once('close', () => {
    open -= 1;
  });
});
server.listen(0, '127.0.0.1', () => {
  process.send({ url: `http://127.0.0.1:${server.address().port}` });
});
process.on('message', () => process.send(seen));
process.on('disconnect', () => process.exit());
