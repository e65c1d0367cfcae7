// `npm run build:package`: dist/ as users get it. JavaScript is minified file by file, so that what is imported lazily still
// is, and functions and classes keep their names for stack traces. Of the types those go along that the public ones rest on.
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { minifySync } from 'rolldown/utils';

const root = fileURLToPath(new URL('..', import.meta.url));
const dist = join(root, 'dist');
const keepNames = { function: true, class: true };

function minify(file) {
  const { code, errors } = minifySync(file, readFileSync(file, 'utf8'), {
    module: true,
    compress: { target: 'es2023', keepNames },
    mangle: { toplevel: true, keepNames },
    codegen: { removeWhitespace: true, legalComments: 'none' },
  });
  if (errors.length > 0) throw new Error(`${file}: ${errors[0].message}`);
  writeFileSync(file, code);
}

/** The files of types that one leads to, itself among them. */
function reachableTypes(from, found = new Set()) {
  if (found.has(from)) return found;
  found.add(from);
  const imports = readFileSync(from, 'utf8').matchAll(/(?:\bfrom|\bimport\()\s*['"](\.[^'"]+)\.js['"]/g);
  for (const [, path] of imports) reachableTypes(join(dirname(from), `${path}.d.ts`), found);
  return found;
}

rmSync(dist, { recursive: true, force: true });
const { status } = spawnSync('npx', ['--no-install', 'tsc', '-p', 'tsconfig.json'], { cwd: root, stdio: 'inherit' });
if (status !== 0) process.exit(1);
const files = readdirSync(dist, { recursive: true }).map((file) => join(dist, file));
const types = reachableTypes(join(dist, 'index.d.ts'));
for (const file of files) {
  if (extname(file) === '.js') minify(file);
  else if (file.endsWith('.d.ts') && !types.has(file)) rmSync(file);
}
