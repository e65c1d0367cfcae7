import { execFileSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { commands } from '../../src/cli/commands/index.js';
import { writeNpz } from '../../src/index.js';
import { cli, temporaryFolder } from '../support/cli.js';
import { writeFixtures } from './fixtures.js';

const folder = temporaryFolder();
const file = (name: string, content: string | Uint8Array): string => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
};
/** A named pipe: whoever reads it waits for a writer. */
const pipe = (name: string): string => {
  const path = join(folder, name);
  if (!existsSync(path)) execFileSync('mkfifo', [path]);
  return path;
};
let paths: Awaited<ReturnType<typeof writeFixtures>>;
beforeAll(async () => {
  paths = await writeFixtures(folder);
});

describe('a usage error ends with 2 and one line that says what was expected', () => {
  const rows: [args: string, message: RegExp][] = [
    ['frobnicate', /unknown command 'frobnicate'/],
    ['ablate', /missing required argument 'MODEL'/],
    ['inspect a b', /too many arguments/],
    ['ablate m --frobnicate', /unknown option '--frobnicate'/],
    ['ablate m --nodes 3-1', /'3-1' is invalid. Expected node numbers and ascending ranges/],
    ['ablate m --memory lots', /'lots' is invalid. Expected a size, such as 512MiB/],
    ['ablate m --threads 0', /'0' is invalid. Expected an integer of at least 1/],
    ['ablate m --cut here', /Allowed choices are weights, zero, mean/],
    ['ablate m --engine abacus', /Allowed choices are native, reference/],
    ['ablate m --loss hinge', /Allowed choices are crossentropy, binary-crossentropy, mse/],
    ['ablate m --tolerance -1', /argument missing|Expected a number of at least 0/],
    ['ablate m --tolerance=-1', /Expected a number of at least 0/],
    ['ablate m --tolerance 1 --tolerance-low 0', /cannot be used with/],
    ['ablate m --adaptive 1', /'1' is invalid. Expected a number from 0\.5 to below 1/],
    ['ablate m --adaptive 0.9 --partial', /cannot be used with/],
    ['evaluate m --data f.npz --dataset iris', /cannot be used with/],
    ['evaluate m --data f.npz --split test', /cannot be used with/],
    ['evaluate m --dataset iris --scale 2', /cannot be used with/],
    ['evaluate m --dataset letters', /Allowed choices are iris, digits/],
    ['evaluate m --dataset iris --limit 1.5', /Expected an integer of at least 1/],
    ['evaluate m --dataset iris --seed -1', /argument missing|Expected an integer from 0 to 4294967295/],
  ];
  test.each(rows)('%s', async (args, message) => {
    const { code, stdout, stderr } = await cli(args.split(' '));
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(message);
    expect(stderr).toMatch(/^error: [^\n]*\nhint: secateur .*--help[^\n]*\n$/);
  });

  test('a path that starts at another folder than was thought: the hint says at which', async () => {
    const { code, stderr } = await cli(['inspect', 'none.json']);
    expect(code).toBe(1);
    expect(stderr).toBe(`error: none.json: there is no such file or folder\nhint: paths start at ${process.cwd()}\n`);
  });

  test('two formats at once', async () => {
    const { code, stderr } = await cli(['ablate', 'm', '--json', '--csv']);
    expect(code).toBe(2);
    expect(JSON.parse(stderr)).toMatchObject({
      code: 'ERR_ARGUMENT',
      message: expect.stringMatching(/cannot be used with/),
    });
  });

  test('neither --data nor --dataset', async () => {
    const { code, stderr } = await cli(['evaluate', paths.iris]);
    expect(code).toBe(2);
    expect(stderr).toMatch(/^error: .*neither --data nor --dataset.*\nhint: give --data FILE.npz or --dataset iris\|/);
  });

  test('no command at all prints the help on stderr', async () => {
    const { code, stdout, stderr } = await cli([]);
    expect([code, stdout]).toEqual([2, '']);
    for (const name of Object.keys(commands)) expect(stderr).toContain(`  ${name} `);
  });
});

describe('each class of error has its code and exit code', () => {
  const samples = (count: number, width: number, label: number, value = 1): Uint8Array =>
    writeNpz([
      ['x', { type: 'float32', shape: [count, width], data: new Float32Array(count * width).fill(value) }],
      ['y', { type: 'int32', shape: [count], data: new Int32Array(count).fill(label) }],
    ]);
  const evaluateIris = (path: string): string[] => ['evaluate', paths.iris, '--data', path];
  const rows: [what: string, code: string, exit: number, args: () => string[], message: RegExp][] = [
    [
      'a model that is not there',
      'ERR_IO',
      1,
      () => ['inspect', join(folder, 'none.json')],
      /none.json: there is no such file/,
    ],
    [
      'a model of no known format',
      'ERR_MODEL_UNSUPPORTED',
      1,
      () => ['inspect', file('m.pickle', 'x')],
      /no model format/,
    ],
    [
      'a plot of no known kind',
      'ERR_ARGUMENT',
      2,
      () => [...evaluateIris(paths.iris).with(0, 'ablate'), '--plot', 'nodes.jpg'],
      /expected a file \.svg or \.png but received "nodes\.jpg"/,
    ],
    ['a broken model', 'ERR_MODEL_CORRUPT', 1, () => ['inspect', file('broken.json', '{')], /broken.json/],
    [
      'data that are not there',
      'ERR_IO',
      1,
      () => evaluateIris(join(folder, 'none.npz')),
      /none.npz: there is no such file/,
    ],
    ['a broken .npz', 'ERR_DATA', 1, () => evaluateIris(file('broken.npz', 'PK')), /broken.npz/],
    ['an empty .npz', 'ERR_DATA', 1, () => evaluateIris(file('empty.npz', '')), /empty.npz: the file is empty/],
    [
      'a model that is a pipe',
      'ERR_IO',
      1,
      () => ['inspect', pipe('pipe.onnx')],
      /^(error: )?\S*pipe.onnx: cannot be read: it is no regular file/,
    ],
    ['data that are a pipe', 'ERR_IO', 1, () => evaluateIris(pipe('pipe.npz')), /pipe.npz: .* no regular file/],
    [
      'groups that are a pipe',
      'ERR_IO',
      1,
      () => ['ablate', paths.iris, '--dataset', 'iris', '--groups', pipe('pipe.json')],
      /pipe.json: .* no regular file/,
    ],
    [
      'output to what is no file, such as a device',
      'ERR_IO',
      1,
      () => ['evaluate', paths.iris, '--dataset', 'iris', '--out', pipe('pipe.txt')],
      /pipe.txt: cannot be written: it is no regular file/,
    ],
    [
      'a journal that is no file',
      'ERR_IO',
      1,
      () => ['ablate', paths.iris, '--dataset', 'iris', '--journal', pipe('pipe.journal')],
      /pipe.journal: cannot be written: it is no regular file/,
    ],
    [
      'data of another width',
      'ERR_SHAPE',
      1,
      () => evaluateIris(file('wide.npz', samples(4, 6, 0))),
      /samples of shape \[6\] do not fit into .*\[4\]/,
    ],
    [
      'labels out of range',
      'ERR_DATA',
      1,
      () => evaluateIris(file('label.npz', samples(2, 4, 3))),
      /label 3 of sample 0/,
    ],
    [
      'numbers that are not finite',
      'ERR_DATA',
      1,
      () => evaluateIris(file('nan.npz', samples(2, 4, 0, Number.NaN))),
      /NaN/,
    ],
    [
      'a layer that is not there',
      'ERR_ARGUMENT',
      2,
      () => ['ablate', paths.iris, '--dataset', 'iris', '--layers', 'x'],
      /"x"/,
    ],
    [
      'a node that is not there',
      'ERR_ARGUMENT',
      2,
      () => ['ablate', paths.iris, '--dataset', 'iris', '--nodes', '5'],
      /0 to 4/,
    ],
  ];

  test.each(rows)('%s: %s, %i', async (_what, code, exit, args, message) => {
    const plain = await cli(args());
    expect([plain.code, plain.stdout]).toEqual([exit, '']);
    expect(plain.stderr).toMatch(message);
    expect(plain.stderr).toMatch(/^error: [^\n]+\n(hint: [^\n]+\n)?$/);
    for (const flag of ['--json', '--ndjson']) {
      const machine = await cli([...args(), flag]);
      expect([machine.code, machine.stdout]).toEqual([exit, '']);
      const error = JSON.parse(machine.stderr);
      expect(error).toMatchObject({ type: 'error', code });
      expect(error.message).toMatch(message);
      expect(machine.stderr.trimEnd()).not.toContain('\n');
    }
  });
});
