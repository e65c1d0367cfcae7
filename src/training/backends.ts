import { createRequire } from 'node:module';
import { expectArguments } from '../util/arguments.js';
import { SecateurError } from '../util/errors.js';
import { expectOneOf } from '../util/expect.js';
import type { Tf } from './tf.js';

interface BackendRow {
  /** Whether it takes something that most machines lack, so that its absence is no news. */
  readonly special?: true;
  /** Packages to load in this order; the first one has tfjs' exports. */
  readonly packages: readonly [string, ...string[]];
  /** What tfjs calls the backend. */
  readonly registered: string;
}

/** What can train, best first: the order in which the default falls back. */
const backends = {
  'tfjs-node-gpu': { special: true, packages: ['@tensorflow/tfjs-node-gpu'], registered: 'tensorflow' },
  'tfjs-node': { packages: ['@tensorflow/tfjs-node'], registered: 'tensorflow' },
  wasm: { special: true, packages: ['@tensorflow/tfjs', '@tensorflow/tfjs-backend-wasm'], registered: 'wasm' },
  cpu: { packages: ['@tensorflow/tfjs'], registered: 'cpu' },
} as const satisfies Record<string, BackendRow>;

/** A backend of TensorFlow.js that can train. */
export type BackendName = keyof typeof backends;

/** All backends, the fastest first. */
export const backendNames = Object.keys(backends) as BackendName[];

/** A backend of TensorFlow.js that works here. */
export interface LoadedBackend {
  readonly tf: Tf;
  readonly name: BackendName;
  /** What tfjs calls the backend. */
  readonly registered: string;
  readonly version: string;
  /** Why the better ones were passed over; null if there was nothing to pass over or the backend was asked for. */
  readonly notice: string | null;
}

/** Which backend is loaded. */
export interface BackendOptions {
  /** By name it works or the call fails; by default the best that is there. */
  readonly backend?: BackendName;
  /** Kernels that the work needs; a backend without them is passed over. */
  readonly kernels?: readonly string[];
}

/**
 * Loads tfjs with a backend and makes it the current one.
 *
 * @throws SecateurError ERR_BACKEND if the backend asked for, or every backend, cannot be used here.
 */
export async function loadBackend(options: BackendOptions = {}): Promise<LoadedBackend> {
  expectArguments({ options });
  const { backend, kernels = [] } = options;
  const candidates = backend === undefined ? backendNames : [expectOneOf('backend', backend, backendNames)];
  const reasons: string[] = [];
  const news: string[] = [];
  for (const name of candidates) {
    try {
      const tf = await load(name, kernels);
      const passed = news.length === 0 ? null : `training runs on ${name} (${news.join('; ')})`;
      return { tf, name, registered: backends[name].registered, version: tf.version_core, notice: passed };
    } catch (error) {
      const { special }: BackendRow = backends[name];
      const reason = reasonOf(error);
      reasons.push(`${name}: ${reason}`);
      if (!(special && reason === notInstalled)) news.push(`${name}: ${reason}`);
    }
  }
  const { packages } = backends[backend ?? 'tfjs-node'];
  throw new SecateurError('ERR_BACKEND', `no backend can train here: ${reasons.join('; ')}`, {
    hint: `npm install ${packages.join(' ')}, in a checkout then npm run setup; or choose another backend`,
  });
}

async function load(name: BackendName, kernels: readonly string[]): Promise<Tf> {
  const { packages, registered }: BackendRow = backends[name];
  prepareProcess();
  const modules = [];
  for (const path of packages) modules.push((await import(path)) as { default?: Tf } & Tf);
  const tf = modules[0]?.default ?? (modules[0] as Tf);
  tf.env().set('PROD', true);
  if (!(await tf.setBackend(registered))) throw new Error(`tfjs cannot start its backend ${registered}`);
  await tf.ready();
  const missing = kernels.filter((kernel) => tf.getKernel(kernel, registered) === undefined);
  if (missing.length > 0) throw new Error(`it has no ${missing.join(', ')}`);
  return tf;
}

const notInstalled = 'not installed';

function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return code === 'ERR_MODULE_NOT_FOUND' ? notInstalled : (message.trim().split('\n')[0] ?? '');
}

/** tfjs-node calls functions that Node 22 warns of and Node 23 took out of `util`; TensorFlow tells its start on stderr unless told not to. */
function prepareProcess(): void {
  const util = createRequire(import.meta.url)('node:util') as Record<string, unknown>;
  util.isArray = Array.isArray;
  util.isNullOrUndefined = (value: unknown) => value === null || value === undefined;
  process.env.TF_CPP_MIN_LOG_LEVEL ??= '2';
}
