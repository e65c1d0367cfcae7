import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import ts from 'typescript';
import { beforeAll, describe, expect, test } from 'vitest';
import { builtCli, plainEnvironment, root, temporaryFolder } from '../support/cli.js';

const run = promisify(execFile);
const page = readFileSync(join(root, 'CONTRIBUTING.md'), 'utf8');
const blocks = [...page.matchAll(/^```ts (file|row of (\w+) in) (\S+)\n(.*?)^```/gms)];
const isImport = (line: string): boolean => line.startsWith('import ');

/** A file of the tree with the lines of a recipe: imports at its head, the row at the head of its table. */
function withRow(path: string, table: string, lines: readonly string[]): string {
  const head = `export const ${table} = {\n`;
  const text = readFileSync(join(root, path), 'utf8');
  expect(text, path).toContain(head);
  const rows = lines.filter((line) => !isImport(line)).join('\n');
  return [...lines.filter(isImport), text.replace(head, `${head}${rows}\n`)].join('\n');
}

/** What the recipes say, by path: new files, and tables with a row more. */
const changed = new Map(
  blocks.map(([, _what, table, path = '', text = '']) => {
    return [path, table === undefined ? text : withRow(path, table, text.trimEnd().split('\n'))];
  }),
);

test('CONTRIBUTING.md has a file and a row for each of three recipes', () => {
  expect(blocks.map(([, what]) => what!.split(' ')[0])).toEqual(['file', 'row', 'file', 'row', 'file', 'row']);
});

describe('the compiler', () => {
  /** The first error in each file that names layer kinds or that a recipe changed. */
  function errors(): Map<string, string> {
    const config = ts.getParsedCommandLineOfConfigFile(
      join(root, 'tsconfig.check.json'),
      {},
      { ...ts.sys, onUnRecoverableConfigFileDiagnostic: () => {} },
    )!;
    const overlay = new Map([...changed].map(([path, text]) => [join(root, path), text]));
    const host = ts.createCompilerHost(config.options, true);
    const { fileExists, readFile, getSourceFile } = host;
    host.fileExists = (path) => overlay.has(path) || fileExists(path);
    host.readFile = (path) => overlay.get(path) ?? readFile(path);
    host.getSourceFile = (path, languageVersion, ...rest) => {
      const text = overlay.get(path);
      if (text === undefined) return getSourceFile(path, languageVersion, ...rest);
      return ts.createSourceFile(path, text, languageVersion, true);
    };
    const concerned = config.fileNames.filter((path) => /\bLayerKind\b/.test(readFileSync(path, 'utf8')));
    const roots = [...new Set([...concerned, ...overlay.keys()])];
    const program = ts.createProgram(roots, config.options, host);
    const found = roots.flatMap((path) => program.getSemanticDiagnostics(program.getSourceFile(path)));
    return new Map(
      found.map(({ file, messageText }) => {
        return [file!.fileName.slice(root.length), ts.flattenDiagnosticMessageText(messageText, '\n')];
      }),
    );
  }

  test('takes the criterion, asks for the formula of the rule, and names the rooms that miss the layer kind', () => {
    const named = [...errors()];
    const missing = (what: string) =>
      named.filter(([, message]) => message.includes(`'${what}'`)).map(([path]) => path);
    const rooms = [...page.matchAll(/^\| `((?:src|test)\/[^`]+)` \|/gm)].map(([, room]) => room!);
    expect(missing('scale').sort()).toEqual([...rooms].sort());
    expect(missing('positive')).toEqual(['test/propagation/rules.test.ts']);
    expect(named).toHaveLength(rooms.length + 1);
  });
});

describe('a copy of the tree with the criterion and the rule', () => {
  const copy = temporaryFolder();

  beforeAll(() => {
    builtCli();
    for (const part of ['package.json', 'dist', 'docs', 'scripts', 'assets']) {
      cpSync(join(root, part), join(copy, part), { recursive: true });
    }
    symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
    for (const [path, text] of changed) {
      if (path.startsWith('src/network/')) continue;
      const target = join(copy, path.replace(/^src/, 'dist').replace(/ts$/, 'js'));
      mkdirSync(dirname(target), { recursive: true });
      const { ESNext: module } = ts.ModuleKind;
      const compilerOptions = { module, target: ts.ScriptTarget.ES2023, verbatimModuleSyntax: true };
      writeFileSync(target, ts.transpileModule(text, { compilerOptions }).outputText);
    }
  });

  test('scores by the criterion: behind a relu, the mean itself', async () => {
    const { scores, initialize, denseNetwork, loadDataset } = await import(
      pathToFileURL(join(copy, 'dist/index.js')).href
    );
    const digits = await loadDataset('digits', { limit: 50 });
    const network = initialize(denseNetwork(digits.shape, [7], 10), { seed: 4 });
    const options = { engine: 'reference' };
    const of = async (criterion: string) => (await scores(network, digits, { criterion, ...options }).collect()).layers;
    expect(await of('mean-size')).toEqual(await of('mean-activation'));
  });

  test('propagates by the rule: all that comes goes on', async () => {
    const { propagate, initialize, denseNetwork, loadDataset } = await import(
      pathToFileURL(join(copy, 'dist/index.js')).href
    );
    const digits = await loadDataset('digits', { limit: 20 });
    const network = initialize(denseNetwork(digits.shape, [7], 10), { seed: 4 });
    const options = { rule: 'positive', engine: 'reference' };
    let layers = 0;
    for await (const event of propagate(network, digits, options)) {
      if (event.type !== 'layer' || !event.conserves) continue;
      layers++;
      expect(event.handed).toBeCloseTo(event.received, 5);
    }
    expect(layers).toBeGreaterThan(1);
  });

  test('lists both on the command line and, after `npm run docs`, in the docs', async () => {
    const options = { cwd: copy, env: plainEnvironment() };
    const { stdout } = await run(process.execPath, ['dist/cli/main.js', 'score', '--help'], options);
    expect(stdout).toMatch(/"mean-size"/);
    expect(stdout).toMatch(/"positive"/);
    await run(process.execPath, ['scripts/docs.mjs'], options);
    expect(readFileSync(join(copy, 'docs/criteria.md'), 'utf8')).toMatch(/^\| `mean-size` \| mean of \\\|a\\\|/m);
    expect(readFileSync(join(copy, 'docs/propagation.md'), 'utf8')).toMatch(/^\| `positive` \|/m);
  });
});
