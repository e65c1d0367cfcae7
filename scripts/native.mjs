// Builds the addon into build/Release, where the loader looks first.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const addonFile = join(root, 'build/Release/secateur.node');
const stampFile = join(root, 'build/secateur.stamp');
const cmakeJs = join(createRequire(import.meta.url).resolve('cmake-js/package.json'), '../bin/cmake-js');

/** What a build cannot do without, and Debian's packages for it. */
const tools = { cmake: 'cmake', [process.env.CXX ?? 'c++']: 'g++' };

const works = (command) => spawnSync(command, ['--version'], { stdio: 'ignore' }).status === 0;

/** On Windows cmake-js finds the compiler of Visual Studio itself. */
const missingTools = () => Object.keys(tools).filter((tool) => process.platform !== 'win32' && !works(tool));

function filesBelow(folder) {
  const entries = readdirSync(join(root, folder), { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

/** Everything that the addon's bytes depend on, in one line. */
function fingerprint() {
  const hash = createHash('sha256');
  const { platform, arch, env } = process;
  hash.update(JSON.stringify([platform, arch, process.versions.modules, env.CXX, env.CXXFLAGS, env.LDFLAGS]));
  for (const file of [join(root, 'CMakeLists.txt'), ...filesBelow('native').sort()]) {
    hash.update(file).update(readFileSync(file));
  }
  return hash.digest('hex');
}

const isFresh = (stamp) => existsSync(addonFile) && existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp;

/**
 * Builds the addon unless nothing has changed since the last build.
 *
 * @param {{ log: (line: string) => void }} options
 * @returns {boolean} false if the build was tried and failed; without tools it is not tried, and that is no failure
 */
export function buildAddon({ log }) {
  const stamp = fingerprint();
  if (isFresh(stamp)) {
    log('addon: ready, nothing has changed since it was built');
    return true;
  }
  const missing = missingTools();
  if (missing.length > 0) {
    const packages = missing.map((tool) => tools[tool]).join(' ');
    log(`addon: not built, since ${missing.join(' and ')} cannot be run (Debian: apt-get install ${packages})`);
    log('addon: without it the reference engine answers, which is right but slow');
    return true;
  }
  log('addon: building it with CMake into build/ (about a minute)');
  rmSync(stampFile, { force: true });
  const args = [cmakeJs, 'compile', '--out', 'build', '--parallel', String(availableParallelism())];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' });
  if (status !== 0) {
    log(`addon: the build failed\n${stdout}\n${stderr}`);
    return false;
  }
  writeFileSync(stampFile, stamp);
  log('addon: ready in build/Release');
  return true;
}
