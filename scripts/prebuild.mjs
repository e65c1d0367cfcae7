// `npm run native:prebuild`: the addon of this platform as the package carries it, in prebuilds/. prebuildify names and
// strips the very build that the tests run against; node-gyp-build finds it by its name.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { buildAddon } from './native.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const built = join(root, 'build/Release/secateur.node');
const { platform, arch } = process;

/** What an addon may weigh: every kernel is in it once for each instruction set. Clang's, for others, is larger than gcc's. */
export const mostBytes = (system) => (system === 'linux' ? 1e6 : 2 ** 20);

/** The newest glibc that a package's addon may need: 2.28 for releases, else what Debian 12 gives. */
const newestGlibc = process.env.SECATEUR_GLIBC ?? '2.36';

/** musl, or glibc, which tells its version. */
const libc = process.report.getReport().header.glibcVersionRuntime ? 'glibc' : 'musl';

export const prebuilt = join(
  root,
  `prebuilds/${platform}-${arch}`,
  platform === 'linux' ? `secateur.${libc}.node` : 'secateur.node',
);

/** What a program prints. @throws Error if it fails. */
export function output(command, ...args) {
  const { status, stdout, error } = spawnSync(command, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} failed: ${error?.message ?? `exit code ${status}`}`);
  return stdout;
}

const isNewer = (a, b) => a.localeCompare(b, 'en', { numeric: true }) > 0;

/** What is wrong with an addon for Linux: symbols that could meet those of others, or a need of too new a glibc. */
function findFaults(file) {
  const symbols = output('nm', '-D', '--defined-only', file).match(/\S+$/gm) ?? [];
  const open = symbols.filter((name) => !/^(napi|node_api)_/.test(name));
  const versions = [...output('objdump', '-T', file).matchAll(/GLIBC_([\d.]+)/g)].map(([, version]) => version);
  const newest = versions.reduce((most, version) => (isNewer(version, most) ? version : most), '0');
  console.log(`prebuilt: ${symbols.length} symbols are seen from outside; needs glibc ${newest}`);
  const tooNew = isNewer(newest, newestGlibc) ? [`needs glibc ${newest}, and may need ${newestGlibc}`] : [];
  return [...open.map((name) => `shows the symbol ${name}`), ...tooNew];
}

/** Packs from a folder of its own, so that the build stays where it is, and puts the addon in place whole. */
function prebuildify() {
  const staging = join(root, 'build/prebuild');
  rmSync(staging, { recursive: true, force: true });
  mkdirSync(staging, { recursive: true });
  const flags = ['--napi', '--strip', '--tag-libc', '--name', 'secateur', '--quiet', '-t', process.versions.node];
  const builder = join(root, 'scripts/gypByCMake.mjs');
  output('npx', '--no-install', 'prebuildify', ...flags, '--node-gyp', builder, '--cwd', staging);
  return join(staging, relative(root, prebuilt));
}

/** Builds and packs the addon. @returns {boolean} false where it cannot be built, which was said. */
export function prebuild() {
  if (!buildAddon({ log: (line) => console.log(line) })) process.exit(1);
  if (!existsSync(built)) return false;
  const packed = prebuildify();
  const { size } = statSync(packed);
  const faults = platform === 'linux' ? findFaults(packed) : [];
  const most = mostBytes(platform);
  if (size > most) faults.push(`weighs ${size} bytes, more than ${most}`);
  if (faults.length > 0) throw new Error(`the addon ${faults.join('; ')}`);
  mkdirSync(dirname(prebuilt), { recursive: true });
  // A process that uses the old one keeps it.
  renameSync(packed, prebuilt);
  console.log(`prebuilt: ${relative(root, prebuilt)}, ${size} bytes`);
  return true;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) prebuild();
