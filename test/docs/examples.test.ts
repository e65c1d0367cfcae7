import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { join } from 'node:path';
import ts from 'typescript';
import { beforeAll, describe, expect, test } from 'vitest';
import { initialize, type NpyArray, presets, saveModel, writeNpz } from '../../src/index.js';
import { createRandom } from '../../src/util/random.js';
import { builtCli, type CliResult, root, start, temporaryFolder } from '../support/cli.js';

const folder = temporaryFolder();

/** A folder in which the examples lie as in the checkout; TypeScript as JavaScript, which Node.js 20 needs. */
beforeAll(() => {
  builtCli();
  mkdirSync(join(folder, 'node_modules'));
  mkdirSync(join(folder, 'examples'));
  symlinkSync(root, join(folder, 'node_modules/secateur'));
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  for (const name of readdirSync(join(root, 'examples'))) {
    const source = join(root, 'examples', name);
    if (!name.endsWith('.ts')) symlinkSync(source, join(folder, 'examples', name));
    else writeFileSync(join(folder, 'examples', runnable(name)), asJavaScript(readFileSync(source, 'utf8')));
  }
});

const runnable = (name: string): string => name.replace(/\.ts$/, '.js');

function asJavaScript(source: string): string {
  const { ESNext: module } = ts.ModuleKind;
  return ts.transpileModule(source, { compilerOptions: { module, target: ts.ScriptTarget.ES2023 } }).outputText;
}

const run = (name: string): Promise<CliResult> => start(join('examples', runnable(name)), [], { cwd: folder }).done;

/** What each example prints, by its file. */
const printed: Readonly<Record<string, readonly RegExp[]>> = {
  'first-run.mjs': [/72 nodes in/, /dense_2 +\d/, /The plot is in out\/nodes\.svg/],
  'library.ts': [/parameters 2314 -> \d+,/, /small: right on 9\d\.\d % of 355 digits/],
  'plain.cjs': [/^intact loss 0\.7260\n/, /without effect: 2; better without: 0, 1, 4\n$/],
  'pytorch.mjs': [
    /^\/conv1\/Conv \(conv2d\): 8 nodes/,
    /removed: 4 of \/conv1\/Conv, 8 of \/fc1\/Gemm/,
    /checked by onnxruntime/,
  ],
  'tfjs.mjs': [/hidden \(Dense\) +\[\[null,64\]\] +\[null,10\]/, /predictions of 300 x 10\n$/],
  'workers.mjs': [/^cut at weights: \d+ of 24 .*\ncut at zero: \d+ of 24 .*\ncut at mean: \d+ of 24 /],
};

describe('the examples', () => {
  test('are all run, and docs and README name them', () => {
    const programs = readdirSync(join(root, 'examples')).filter((name) => /\.[mc]?[jt]s$/.test(name));
    expect(programs).toEqual([...Object.keys(printed), 'server.mjs'].sort());
    const page = readFileSync(join(root, 'examples/README.md'), 'utf8');
    for (const name of programs) expect(page).toContain(`](${name})`);
  });

  test.concurrent.each(Object.entries(printed))('%s prints what it promises', async (name, patterns) => {
    const { code, stdout, stderr } = await run(name);
    expect(code, stderr).toBe(0);
    for (const pattern of patterns) expect(stdout).toMatch(pattern);
  });
});

describe('examples/server.mjs', () => {
  /** Asks the server and reads all that it answers; with `leave` only the first piece. */
  const ask = (url: string, accept: string, leave = false): Promise<string> =>
    new Promise((resolve, reject) => {
      const request = get(url, { headers: { accept } }, (response) => {
        let text = '';
        response.on('data', (piece) => {
          text += piece;
          if (leave) request.destroy();
        });
        response.on('close', () => resolve(text));
      });
      request.on('error', reject);
    });

  /** A server on a free port; `says` waits for what it prints. */
  async function serving(args: readonly string[]) {
    const { child, done } = start('examples/server.mjs', args, { cwd: folder, env: { PORT: '0' } });
    let text = '';
    child.stdout.on('data', (piece) => (text += piece));
    const says = async (pattern: RegExp): Promise<string> => {
      for (;;) {
        const match = text.match(pattern);
        if (match) return match[0];
        await once(child.stdout, 'data');
      }
    };
    const stop = async () => {
      child.kill();
      await done;
    };
    return { url: `${await says(/http:\S+/)}/ablate`, says, [Symbol.asyncDispose]: stop };
  }

  test('streams lines, and events for browsers', async () => {
    await using server = await serving([]);
    const lines = (await ask(server.url, '*/*')).trim().split('\n');
    const types = lines.map((line) => JSON.parse(line).type);
    expect([types[0], types.filter((type) => type === 'node').length, types.at(-1)]).toEqual(['baseline', 24, 'done']);
    expect(await ask(server.url, 'text/event-stream')).toMatch(/^data: {"type":"baseline".*\n\ndata: /);
  });

  test('ends the work of a client that leaves', async () => {
    const count = 600;
    const random = createRandom(3);
    const x = Uint8Array.from({ length: count * 784 }, () => random.integer(256));
    const samples: [string, NpyArray][] = [
      ['x', { type: 'uint8', shape: [count, 28, 28, 1], data: x }],
      ['y', { type: 'int32', shape: [count], data: new Int32Array(count) }],
    ];
    writeFileSync(join(folder, 'samples.npz'), writeNpz(samples));
    await saveModel(initialize(presets.cnn([28, 28, 1], 10), { seed: 1 }), join(folder, 'cnn.onnx'));
    await using server = await serving(['cnn.onnx', 'samples.npz']);
    await ask(server.url, '*/*', true);
    await server.says(/the client left: the run was ended/);
  });
});
