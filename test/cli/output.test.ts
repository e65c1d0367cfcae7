import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openContext } from '../../src/cli/context.js';
import type { Host } from '../../src/cli/host.js';
import { openOutput } from '../../src/cli/output.js';
import { Recorder, temporaryFolder } from '../support/cli.js';

const folder = temporaryFolder();
const never = { text: () => ({}), csv: () => ({}) };

function open(flags: { ndjson?: true; json?: true; csv?: true; out?: string }) {
  const [stdout, stderr] = [new Recorder(false), new Recorder(false)];
  const host = { stdout, stderr, env: {} } as unknown as Host;
  const context = openContext({ progress: true }, host, new AbortController().signal);
  return { stdout, output: openOutput<object, object>(context, { progress: true, ...flags }, never) };
}

test('the first event of a stream carries the schema version, whichever it is, and no other does', async () => {
  const { stdout, output } = open({ ndjson: true });
  const { event, finish } = await output;
  await event({ type: 'progress', done: 1 });
  await event({ type: 'node' });
  await finish({});
  expect(stdout.text).toBe('{"type":"progress","done":1,"schemaVersion":1}\n{"type":"node"}\n');
});

test('a file appears when the output is finished, not before', async () => {
  const out = join(folder, 'events.ndjson');
  const { stdout, output } = open({ ndjson: true, out });
  const { event, finish } = await output;
  await event({ type: 'a' });
  expect(() => readFileSync(out)).toThrow('ENOENT');
  await finish({});
  expect(readFileSync(out, 'utf8')).toBe('{"type":"a","schemaVersion":1}\n');
  expect(stdout.text).toBe('');
});

test('an event is told once it has left the program', async () => {
  const { stdout, output } = open({ ndjson: true });
  const { event } = await output;
  let release = (): void => {};
  stdout._write = (_chunk, _encoding, done) => {
    release = done;
  };
  let told = false;
  const telling = event({ type: 'a' }).then(() => {
    told = true;
  });
  await new Promise((resolve) => setImmediate(resolve));
  expect(told).toBe(false);
  release();
  await telling;
});
