import { type BackendName, backendNames, type LoadedBackend, loadBackend } from '../../src/training/index.js';

/** Every backend that works here; what does not is said on stderr. */
export async function workingBackends(): Promise<BackendName[]> {
  const working: BackendName[] = [];
  for (const backend of backendNames) {
    try {
      await loadBackend({ backend });
      working.push(backend);
    } catch (error) {
      process.stderr.write(`skipped: training on ${backend}: ${(error as Error).message}\n`);
    }
  }
  return working;
}

/** tfjs-node, or null after saying on stderr that `what` is skipped. */
export async function tfjsNode(what: string): Promise<LoadedBackend | null> {
  return await loadBackend({ backend: 'tfjs-node' }).catch((error: Error) => {
    process.stderr.write(`skipped: ${what}: ${error.message}\n`);
    return null;
  });
}
