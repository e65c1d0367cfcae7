import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  denseNetwork,
  errorCodes,
  initialize,
  loadDataset,
  type NpyArray,
  saveModel,
  writeNpz,
} from '../../src/index.js';
import { builtCli, plainEnvironment, root, temporaryFolder } from '../support/cli.js';

const run = promisify(execFile);

const pages = ['', 'docs', 'assets', 'examples'].flatMap((folder) =>
  readdirSync(join(root, folder))
    .filter((name) => name.endsWith('.md'))
    .map((name) => join(folder, name)),
);
const read = (page: string): string => readFileSync(join(root, page), 'utf8');

let main: string;
beforeAll(() => {
  main = builtCli();
});

describe('the generated tables', () => {
  test('are those of the code', async () => {
    const { stderr } = await run(process.execPath, ['scripts/docs.mjs', '--check'], { cwd: root });
    expect(stderr).toBe('');
  });

  test('have a page each', () => {
    const generators = read('scripts/docs.mjs').match(/const generators = {([^}]*)}/)?.[1] ?? '';
    const names = [...generators.matchAll(/^ {2}'?([\w-]+)'?:/gm)].map(([, name]) => name);
    const used = pages.flatMap((page) => [...read(page).matchAll(/<!-- generated: ([\w-]+) -->/g)].map(([, n]) => n));
    expect(names.length).toBeGreaterThan(3);
    expect(used.sort()).toEqual(names.sort());
  });
});

test('docs/cli.md explains every error code', () => {
  const explained = [...read('docs/cli.md').matchAll(/^\| `(ERR_\w+)` \|/gm)].map(([, code]) => code);
  expect(explained).toEqual([...errorCodes]);
});

/** What a heading is called in links, as GitHub does it. */
const slug = (heading: string): string =>
  heading
    .toLowerCase()
    .replaceAll(/[^\w\- ]/g, '')
    .replaceAll(' ', '-');

const headings = (page: string): string[] =>
  [...read(page).matchAll(/^#+ (.*)$/gm)].map(([, heading]) => slug(heading ?? ''));

const links = pages.flatMap((page) =>
  [...read(page).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link]) => ({ page, link: link ?? '' })),
);

describe('links', () => {
  test.each(links.filter(({ link }) => !/^https?:/.test(link)))('$page: $link leads somewhere', ({ page, link }) => {
    const [path = '', fragment] = link.split('#');
    const target = path === '' ? page : join(dirname(page), path);
    expect(existsSync(join(root, target)), `${target} is there`).toBe(true);
    if (fragment !== undefined) expect(headings(target)).toContain(fragment);
  });
});

test('every promise of SECURITY.md names the test that holds it', () => {
  const promised = read('SECURITY.md').match(/^## Promised$(.*?)^## /ms)?.[1] ?? '';
  const promises = promised.split(/^- /m).slice(1);
  expect(promises.length).toBeGreaterThan(5);
  for (const promise of promises) expect(promise).toMatch(/\]\((test|scripts)\/[\w/.-]+\)/);
});

describe('what the pages say to run is there:', () => {
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
  const benches = read('bench/run.ts');
  const commands = pages.flatMap((page) => [...read(page).matchAll(/\bnpm run (?:-s )?([\w:-]+)(?: -- (\w+))?/g)]);
  test.each([...new Set(commands.map(([command]) => command))])('%s', (command) => {
    const [, script = '', bench] = command.match(/npm run (?:-s )?([\w:-]+)(?: -- (\w+))?/) ?? [];
    expect(Object.keys(scripts)).toContain(script);
    if (script === 'bench' && bench !== undefined) expect(benches).toMatch(new RegExp(`\\b${bench}\\b`));
  });

  const programs = pages.flatMap((page) => [...read(page).matchAll(/\bnode ((?:scripts|test)\/[\w/.]+\.mjs)/g)]);
  test.each([...new Set(programs.map(([, path]) => path ?? ''))])('%s', (path) => {
    expect(existsSync(join(root, path))).toBe(true);
  });
});

/** A block of a page that is marked to be run, and what it must print if the page shows that behind it. */
interface Sample {
  readonly title: string;
  readonly language: string;
  readonly source: string;
  readonly printed: string | undefined;
}

function samplesOf(page: string): Sample[] {
  const blocks = read(page).matchAll(/^```(js|sh) run\n(.*?)^```\n(?:\n```text\n(.*?)^```\n)?/gms);
  return [...blocks].map(([, language = '', source = '', printed], i) => {
    return { title: `block ${i + 1} (${language})`, language, source, printed };
  });
}

/** The program under the names that the pages call it by. */
const shell = (): string =>
  `secateur() { "${process.execPath}" "${main}" "$@"; }\nnpx() { "$@"; }\nset -euo pipefail\n`;

const runners: Readonly<Record<string, (source: string, cwd: string) => Promise<{ stdout: string }>>> = {
  js: (source, cwd) => {
    const file = join(cwd, 'sample.mjs');
    writeFileSync(file, source);
    return run(process.execPath, [file], { cwd, env: plainEnvironment() });
  },
  sh: (source, cwd) => run('bash', ['-c', shell() + source], { cwd, env: plainEnvironment() }),
};

/** The folder of somebody who reads a page after `npm start`: the package, its network, and files of their own. */
async function readersFolder(parent: string, page: string): Promise<string> {
  const folder = join(parent, basename(page));
  mkdirSync(join(folder, 'node_modules'), { recursive: true });
  symlinkSync(root, join(folder, 'node_modules/secateur'));
  const { shape, classes, count, x, y } = await loadDataset('digits', { limit: 100 });
  const network = initialize(denseNetwork(shape, [48, 24], classes ?? 0), { seed: 0xd0c });
  await saveModel(network, join(folder, 'out/digits'));
  await saveModel(network, join(folder, 'model.onnx'));
  const images: NpyArray = { type: 'uint8', shape: [count, ...shape], data: x as Uint8Array<ArrayBuffer> };
  const labels: NpyArray = { type: 'int32', shape: [count], data: y as Int32Array<ArrayBuffer> };
  writeFileSync(
    join(folder, 'samples.npz'),
    writeNpz([
      ['x', images],
      ['y', labels],
    ]),
  );
  return folder;
}

const parent = temporaryFolder();

describe.each(pages.filter((page) => samplesOf(page).length > 0))('the samples of %s', (page) => {
  let folder: string;
  beforeAll(async () => {
    folder = await readersFolder(parent, page);
  });

  test.each(samplesOf(page))('$title runs', async ({ language, source, printed }) => {
    const { stdout } = await runners[language]!(source, folder);
    expect(stdout).not.toBe('');
    if (printed !== undefined) expect(stdout).toBe(printed);
  });
});

test('README.md and the pages on models, data, ablation and training have samples that run', () => {
  for (const page of ['README.md', 'models', 'data', 'ablation', 'training', 'cli']) {
    expect(samplesOf(page.endsWith('.md') ? page : `docs/${page}.md`).length, page).toBeGreaterThan(0);
  }
});
