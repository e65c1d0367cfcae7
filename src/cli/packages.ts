import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

/** An optional package that some commands use. */
export interface OptionalPackage {
  readonly name: string;
  /** What it is good for. */
  readonly use: string;
  /** What to do if it is not usable. */
  readonly advice: string;
  /** Its compiled part: a folder of `napi-v*` folders, and the file within one. */
  readonly binary?: readonly [folder: string, file: string];
}

export interface PackageState {
  readonly name: string;
  readonly use: string;
  readonly version: string | null;
  readonly usable: boolean;
  /** Null if it is usable. */
  readonly advice: string | null;
}

export const optionalPackages: readonly OptionalPackage[] = [
  {
    name: '@tensorflow/tfjs-node',
    use: 'training, fast',
    advice: 'in a checkout run `npm run setup`; without it training runs on pure tfjs, many times slower',
    binary: ['lib', 'tfjs_binding.node'],
  },
  {
    name: '@tensorflow/tfjs',
    use: 'training, slow',
    advice: 'install it to train: npm install @tensorflow/tfjs@4.22.0',
  },
  {
    name: 'h5wasm',
    use: 'Keras files',
    advice: 'install it to read and write .keras and .h5: npm install h5wasm@0.10.3',
  },
  {
    name: '@resvg/resvg-js',
    use: 'PNG plots',
    advice: 'install it to write .png files: npm install @resvg/resvg-js@2.6.2',
  },
  {
    name: 'onnxruntime-node',
    use: 'checks of written ONNX files, times',
    advice:
      'install it to have ONNX files run and times measured: ONNXRUNTIME_NODE_INSTALL=skip npm install onnxruntime-node',
    binary: ['bin', `${process.platform}/${process.arch}/onnxruntime_binding.node`],
  },
];

/** Looks at a package's files without loading it: that takes seconds, and a missing binary part cannot be told apart. */
export function inspectPackage({ name, use, advice, binary }: OptionalPackage): PackageState {
  const home = homeOf(name);
  const usable = home !== undefined && (binary === undefined || hasBinary(home, binary));
  return { name, use, version: home === undefined ? null : versionOf(home), usable, advice: usable ? null : advice };
}

function homeOf(name: string): string | undefined {
  const folders = createRequire(import.meta.url).resolve.paths(name) ?? [];
  return folders.map((folder) => join(folder, name)).find((home) => existsSync(join(home, 'package.json')));
}

const versionOf = (home: string): string =>
  (JSON.parse(readFileSync(join(home, 'package.json'), 'utf8')) as { version: string }).version;

function hasBinary(home: string, [folder, file]: readonly [string, string]): boolean {
  const root = join(home, folder);
  if (!existsSync(root)) return false;
  return readdirSync(root).some((entry) => entry.startsWith('napi-v') && existsSync(join(root, entry, file)));
}
