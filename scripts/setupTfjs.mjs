// Makes @tensorflow/tfjs-node usable: from the cache, by its own download, or built against the TensorFlow wheel of PyPI.
// Without it training still runs, on pure tfjs and slowly. Run alone: node scripts/setupTfjs.mjs [--wheel FILE]

import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, readdir, rename, rm, stat, symlink, unlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs, promisify } from 'node:util';

const run = promisify(execFile);
const require = createRequire(import.meta.url);

const wheel = {
  requirement: 'tensorflow-cpu==2.21.0',
  sha256: '2b847d217b02ee7731ed91431daf3250daa0196c3c94614d23be27232e6e5b6c',
  tags: ['--python-version', '3.11', '--implementation', 'cp', '--abi', 'cp311', '--platform', 'manylinux_2_27_x86_64'],
};
const libraries = ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2'];
/** The names under which the binding's build asks for the two libraries. */
const linkNames = ['libtensorflow.so', 'libtensorflow_framework.so'];
const bindingName = 'tfjs_binding.node';
const seconds = 1000;

/**
 * Makes tfjs-node usable, if it can be. Idempotent; under a second when there is nothing to do.
 *
 * @param {{ log: (line: string) => void, wheelFile?: string }} options `wheelFile`: a TensorFlow wheel already at hand
 * @returns {Promise<boolean>} whether tfjs-node can be loaded
 */
export async function setupTfjs({ log, wheelFile }) {
  const home = packageFolder('@tensorflow/tfjs-node');
  if (home === undefined) return giveUp(log, 'the package is not installed');
  const binding = join(home, 'lib/napi-v8', bindingName);
  if (await isReady(home, binding)) return say(log, 'ready');
  const cache = cacheFolder(home);
  if (!(await hasAll(cache))) {
    if (wheelFile === undefined && (await downloadOwn(home, binding, log)))
      return say(log, 'ready, by its own download');
    try {
      await fillCache(home, cache, { log, wheelFile });
    } catch (error) {
      return giveUp(log, lastLine(error));
    }
  }
  await linkLibraries(cache, home);
  await mkdir(dirname(binding), { recursive: true });
  await copyFile(join(cache, bindingName), binding);
  return say(log, `ready, with the libraries in ${cache}`);
}

function say(log, line) {
  log(`tfjs-node: ${line}`);
  return true;
}

function giveUp(log, reason) {
  log(`tfjs-node: not available: ${reason}`);
  log('tfjs-node: training will run on pure tfjs, many times slower; nothing else needs tfjs-node');
  return false;
}

/** What a failed command said last is why it failed. */
const lastLine = (error) =>
  String(error.stderr || error.message)
    .trim()
    .split('\n')
    .at(-1);

function packageFolder(name, from = import.meta.dirname) {
  try {
    return dirname(require.resolve(`${name}/package.json`, { paths: [from] }));
  } catch {
    return undefined;
  }
}

/** Outside of node_modules, so that `npm ci` does not throw away 850 MB and a build. */
function cacheFolder(home) {
  const { version } = require(join(home, 'package.json'));
  const base = process.env.SECATEUR_CACHE ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'secateur');
  return join(base, `tfjs-node-${version}-${process.platform}-${process.arch}`);
}

/** Files are tested, not loading: a missing binding throws an error without a code, and loading takes a second. */
async function isReady(home, binding) {
  const names = await readdir(join(home, 'deps/lib')).catch(() => []);
  const found = await Promise.all(names.map((name) => exists(join(home, 'deps/lib', name))));
  return (await exists(binding)) && names.length > 0 && found.every(Boolean);
}

const exists = (path) =>
  stat(path).then(
    () => true,
    () => false,
  );

const hasAll = async (folder) =>
  (await Promise.all([...libraries, bindingName].map((name) => exists(join(folder, name))))).every(Boolean);

/** The package's own install script; asked only where its server answers, since it has no time limit of its own. */
async function downloadOwn(home, binding, log) {
  const { CDN_STORAGE, TFJS_NODE_CDN_STORAGE = CDN_STORAGE } = process.env;
  const server = TFJS_NODE_CDN_STORAGE ?? 'https://storage.googleapis.com/';
  try {
    await fetch(server, { method: 'HEAD', signal: AbortSignal.timeout(5 * seconds) });
    log(`tfjs-node: downloading libtensorflow from ${server}`);
    const path = `${resolve(home, '../../.bin')}:${process.env.PATH}`;
    const env = { ...buildEnvironment(), PATH: path };
    await run(process.execPath, ['scripts/install.js'], { cwd: home, env, timeout: 300 * seconds });
    if (await isReady(home, binding)) return true;
    log('tfjs-node: its own download left no binding');
  } catch (error) {
    log(`tfjs-node: its own download is out of reach: ${lastLine(error.cause ?? error)}`);
  }
  await rm(join(home, 'deps'), { recursive: true, force: true });
  return false;
}

/** Everything is made beside the cache folder and renamed into place, so that the cache is whole or absent. */
async function fillCache(home, cache, { log, wheelFile }) {
  if (process.platform !== 'linux' || process.arch !== 'x64') throw new Error('no TensorFlow wheel for this platform');
  await mkdir(dirname(cache), { recursive: true });
  const work = await mkdtemp(`${cache}.`);
  try {
    const file = wheelFile === undefined ? await downloadWheel(work, log) : resolve(wheelFile);
    log('tfjs-node: unpacking TensorFlow (about 10 s)');
    await run('python3', ['-c', unpackScript, file, work]);
    log('tfjs-node: compiling the binding (about 20 s)');
    const parts = join(work, 'parts');
    await mkdir(parts);
    for (const name of libraries) await rename(join(work, 'tensorflow', name), join(parts, name));
    await buildBinding(home, parts, join(work, 'tensorflow/include'));
    await rm(cache, { recursive: true, force: true });
    await rename(parts, cache);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function downloadWheel(folder, log) {
  log(`tfjs-node: downloading ${wheel.requirement} from PyPI (about 250 MB)`);
  const wanted = join(folder, 'requirements.txt');
  await writeFile(wanted, `${wheel.requirement} --hash=sha256:${wheel.sha256}\n`);
  const options = ['--no-deps', '--only-binary=:all:', '--disable-pip-version-check', '--quiet', ...wheel.tags];
  await run('python3', ['-m', 'pip', 'download', ...options, '--dest', folder, '-r', wanted], {
    timeout: 900 * seconds,
  });
  const name = (await readdir(folder)).find((file) => file.endsWith('.whl'));
  if (name === undefined) throw new Error('pip downloaded no wheel');
  return join(folder, name);
}

const unpackScript = `
import sys, zipfile
wanted = ('tensorflow/include/', ${libraries.map((name) => `'tensorflow/${name}'`).join(', ')})
with zipfile.ZipFile(sys.argv[1]) as wheel:
    wheel.extractall(sys.argv[2], [name for name in wheel.namelist() if name.startswith(wanted)])
`;

/** Compiles the binding in the package, where its build expects everything, and keeps a copy beside the libraries. */
async function buildBinding(home, parts, include) {
  await linkLibraries(parts, home);
  await symlink(include, join(home, 'deps/include'));
  try {
    const preGyp = join(packageFolder('@mapbox/node-pre-gyp', home), 'bin/node-pre-gyp');
    const options = { cwd: home, env: buildEnvironment(), timeout: 600 * seconds, maxBuffer: 64 << 20 };
    await run(process.execPath, [preGyp, 'install', '--build-from-source'], options);
    await copyFile(join(home, 'lib/napi-v8', bindingName), join(parts, bindingName));
  } finally {
    await unlink(join(home, 'deps/include'));
    await rm(join(home, 'build'), { recursive: true, force: true });
  }
}

/** node-gyp downloads the headers of Node unless it is told where they lie. */
function buildEnvironment() {
  const prefix = resolve(dirname(process.execPath), '..');
  const hasHeaders = existsSync(join(prefix, 'include/node/node_api.h'));
  const nodeGyp = join(packageFolder('node-gyp') ?? '', 'bin/node-gyp.js');
  return {
    ...process.env,
    npm_config_node_gyp: nodeGyp,
    ...(hasHeaders ? { npm_package_config_node_gyp_nodedir: prefix } : {}),
  };
}

async function linkLibraries(from, home) {
  const folder = join(home, 'deps/lib');
  await rm(join(home, 'deps'), { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  for (const [i, name] of libraries.entries()) {
    await symlink(join(from, name), join(folder, name));
    await symlink(name, join(folder, linkNames[i]));
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const { values } = parseArgs({ options: { wheel: { type: 'string' } } });
  const usable = await setupTfjs({
    log: console.log,
    ...(values.wheel === undefined ? {} : { wheelFile: values.wheel }),
  });
  process.exitCode = usable ? 0 : 1;
}
