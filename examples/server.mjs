// An ablation as a web page sees it: every result goes out the moment it is final, and a client that leaves ends the work.
//   node examples/server.mjs [MODEL [SAMPLES.npz]] &
//   curl localhost:8080/ablate               one event a line (NDJSON)
//   new EventSource('/ablate') in a browser  the same as server-sent events

import { createServer } from 'node:http';
import { ablate, loadDataset, loadModel, loadNpz } from 'secateur';

const [model = 'examples/digits.onnx', samples] = process.argv.slice(2);
const network = await loadModel(model);
const data = samples ? await loadNpz(samples) : await loadDataset('digits');

const ndjson = { type: 'application/x-ndjson', write: (event) => `${JSON.stringify(event)}\n` };
const serverSent = { type: 'text/event-stream', write: (event) => `data: ${JSON.stringify(event)}\n\n` };

async function stream(request, response) {
  const { type, write } = request.headers.accept?.includes('text/event-stream') ? serverSent : ndjson;
  const left = new AbortController();
  response.once('close', () => left.abort());
  response.writeHead(200, { 'content-type': type, 'cache-control': 'no-store' });
  try {
    for await (const event of ablate(network, data, { signal: left.signal })) {
      // A slow reader slows the run: it goes only a little ahead of what was taken.
      if (!response.write(write(event))) await new Promise((go) => response.once('drain', go).once('close', go));
    }
    response.end();
  } catch (error) {
    if (error.code !== 'ERR_ABORTED') response.end(write({ type: 'error', code: error.code, message: error.message }));
    else console.log('the client left: the run was ended');
  }
}

const server = createServer((request, response) => {
  if (request.url === '/ablate') stream(request, response);
  else response.writeHead(404).end('try /ablate\n');
});
server.listen(process.env.PORT ?? 8080, () => console.log(`listening on http://localhost:${server.address().port}`));
