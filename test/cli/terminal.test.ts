import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { beforeAll, describe, expect, test } from 'vitest';
import { narrateProgress } from '../../src/cli/ablationText.js';
import { wantsColour } from '../../src/cli/colour.js';
import { openContext } from '../../src/cli/context.js';
import type { Host } from '../../src/cli/host.js';
import { visible } from '../../src/cli/visible.js';
import { loadModel, type ProgressEvent, saveModel } from '../../src/index.js';
import { cli, Recorder, temporaryFolder } from '../support/cli.js';
import { writeFixtures } from './fixtures.js';

const folder = temporaryFolder();
let paths: Awaited<ReturnType<typeof writeFixtures>>;
beforeAll(async () => {
  paths = await writeFixtures(folder);
});

describe('wantsColour(stream, env, flag)', () => {
  const terminal = { isTTY: true };
  const pipe = { isTTY: false };
  const rows: [
    what: string,
    stream: { isTTY: boolean },
    env: NodeJS.ProcessEnv,
    flag: boolean | undefined,
    colour: boolean,
  ][] = [
    ['a terminal has colours', terminal, {}, undefined, true],
    ['a pipe has none', pipe, {}, undefined, false],
    ['a dumb terminal has none', terminal, { TERM: 'dumb' }, undefined, false],
    ['NO_COLOR beats the terminal', terminal, { NO_COLOR: '1' }, undefined, false],
    ['an empty NO_COLOR is none', terminal, { NO_COLOR: '' }, undefined, true],
    ['NO_COLOR beats FORCE_COLOR', pipe, { NO_COLOR: '1', FORCE_COLOR: '1' }, undefined, false],
    ['FORCE_COLOR colours pipes', pipe, { FORCE_COLOR: '1' }, undefined, true],
    ['FORCE_COLOR=0 means no', terminal, { FORCE_COLOR: '0' }, undefined, false],
    ['--color beats NO_COLOR', pipe, { NO_COLOR: '1' }, true, true],
    ['--no-color beats FORCE_COLOR', terminal, { FORCE_COLOR: '1' }, false, false],
  ];
  test.each(rows)('%s', (_what, stream, env, flag, colour) => expect(wantsColour(stream, env, flag)).toBe(colour));
});

const colourStart = '\u001b[';
const ablateIris = ['ablate', '--dataset', 'iris', '--engine', 'reference'];

describe('on a terminal', () => {
  test('results are coloured, the same as without colour', async () => {
    const [bright, plain] = await Promise.all([
      cli(['inspect', paths.iris, '--color']),
      cli(['inspect', paths.iris, '--no-color'], { terminal: true }),
    ]);
    expect(stripVTControlCharacters(bright.stdout)).toBe(plain.stdout);
    const { stdout } = await cli([...ablateIris, paths.iris], { terminal: true });
    expect(stdout).toContain(colourStart);
    expect((await cli([...ablateIris, paths.iris, '--no-color'], { terminal: true })).stdout).not.toContain(
      colourStart,
    );
  });

  test('files never get colours by themselves', async () => {
    const { stdout } = await cli([...ablateIris, paths.iris]);
    expect(stdout).not.toContain(colourStart);
  });

  test('errors are coloured', async () => {
    const { stderr } = await cli(['nothing'], { terminal: true });
    expect(stderr.startsWith(`${colourStart}31merror:${colourStart}39m unknown command`)).toBe(true);
  });
});

describe('control characters out of files', () => {
  const name = '\u001b]0;owned\u0007\u009b2J';
  const controls = /[^\P{Cc}\n]/u;
  /** Writers change such a name, readers take it. */
  const renamed = async (): Promise<string> => {
    const path = join(folder, 'renamed/model.json');
    const network = await loadModel(paths.iris);
    await saveModel(network, dirname(path));
    const text = readFileSync(path, 'utf8').replaceAll(network.layers[1]!.name, JSON.stringify(name).slice(1, -1));
    writeFileSync(path, text);
    return path;
  };

  test('are shown and not sent to a terminal; colours stay', async () => {
    const { stdout } = await cli(['inspect', await renamed(), '--no-color'], { terminal: true });
    expect(stdout).toContain('\\u001b]0;owned\\u0007\\u009b2J');
    expect(stdout).not.toMatch(controls);
    expect(visible(`${colourStart}31mred${colourStart}39m\t${name}\n`)).toBe(
      `${colourStart}31mred${colourStart}39m\t\\u001b]0;owned\\u0007\\u009b2J\n`,
    );
  });

  test('are the same characters in JSON, and in what a pipe gets', async () => {
    const model = await renamed();
    for (const terminal of [true, false]) {
      const { stdout } = await cli(['inspect', model, '--json'], { terminal });
      expect(JSON.parse(stdout).layers[1].name).toBe(name);
    }
    expect((await cli(['inspect', model])).stdout).toContain(name);
  });

  test.each([[[]], [['--json']]])('are shown in errors too %s', async (flags) => {
    const broken = join(folder, 'broken.json');
    writeFileSync(broken, `${name}{`);
    const { code, stderr } = await cli(['inspect', broken, ...flags]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/no JSON/);
    expect(stderr).not.toMatch(controls);
  });
});

describe('live progress', () => {
  const progress: ProgressEvent = { type: 'progress', done: 30, of: 120, seconds: 1, eta: 3 };

  /** What a run that stops at a quarter shows on stderr. */
  function shown(flags: { quiet?: true; progress?: boolean }, isTTY: boolean, env: NodeJS.ProcessEnv = {}): string {
    const [stdout, stderr] = [new Recorder(isTTY), new Recorder(isTTY)];
    const host = { stdout, stderr, env } as unknown as Host;
    using context = openContext({ progress: true, ...flags }, host, new AbortController().signal);
    const tell = narrateProgress(context);
    tell({ type: 'partial', layer: 'dense_1', node: 3, change: -0.25, standardError: 0.01, samples: 30 });
    tell(progress);
    tell({ ...progress, done: 60, eta: 2 });
    return stripVTControlCharacters(stderr.text);
  }

  test('shows the share done, the time left and the estimate that came last', () => {
    expect(shown({}, true)).toMatch(/ablating \u2588+\u2591+ 25 % {2}3.0 s left {2}dense_1 3: -0.250 \u00b1 0.0100/);
  });

  test.each<[string, () => string]>([
    ['without a terminal', () => shown({}, false)],
    ['in CI', () => shown({}, true, { CI: 'true' })],
    ['with --no-progress', () => shown({ progress: false }, true)],
    ['with --quiet', () => shown({ quiet: true }, true)],
  ])('is silent %s', (_when, run) => expect(run()).toBe(''));
});
