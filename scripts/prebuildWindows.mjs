// The addon for 64-bit Windows as the package carries it, compiled on Linux (native/windows.cmake says by what):
//   node scripts/prebuildWindows.mjs
import { copyFileSync, mkdirSync, statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { mostBytes, output } from './prebuild.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = join(root, 'build-windows');
const built = join(folder, 'secateur.node');
const prebuilt = join(root, 'prebuilds/win32-x64/secateur.node');

/** Every Windows has the first two, and Node the third; what else an addon needs would have to travel with it. */
const present = ['kernel32.dll', 'msvcrt.dll', 'node.exe'];

function findFaults(file) {
  const listing = output('x86_64-w64-mingw32-objdump', '-p', file);
  const needed = [...listing.matchAll(/DLL Name: (\S+)/g)].map(([, name]) => name.toLowerCase());
  const exported = [...listing.matchAll(/^\s*\[ *\d+\] (\w+)$/gm)].map(([, name]) => name);
  const { size } = statSync(file);
  const most = mostBytes('win32');
  console.log(`prebuilt: ${relative(root, prebuilt)}, ${size} bytes; needs ${needed.join(', ')}`);
  return [
    ...needed.filter((name) => !present.includes(name)).map((name) => `needs ${name}`),
    ...exported.filter((name) => !/^(napi|node_api)_/.test(name)).map((name) => `shows the symbol ${name}`),
    ...(exported.length === 0 ? ['shows nothing to Node'] : []),
    ...(size > most ? [`weighs ${size} bytes, more than ${most}`] : []),
  ];
}

output('cmake', '-S', root, '-B', folder, '-DCMAKE_TOOLCHAIN_FILE=native/windows.cmake');
output('cmake', '--build', folder, '--parallel', String(availableParallelism()), '--target', 'secateur');
const faults = findFaults(built);
if (faults.length > 0) throw new Error(`the addon ${faults.join('; ')}`);
mkdirSync(dirname(prebuilt), { recursive: true });
copyFileSync(built, prebuilt);
