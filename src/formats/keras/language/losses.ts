import type { LossName } from '../../../network/index.js';

/** Keras' names of the losses; the first of each is the one that is written. */
const names: Readonly<Record<LossName, readonly string[]>> = {
  crossentropy: ['sparse_categorical_crossentropy', 'categorical_crossentropy'],
  'binary-crossentropy': ['binary_crossentropy'],
  mse: ['mean_squared_error', 'mse', 'MSE'],
};

const camelCase = (name: string): string => name.replace(/_([a-z])/g, (_match, letter: string) => letter.toUpperCase());

/** The loss that Keras or tfjs calls so, of the only or of all outputs; null for any other. */
export function lossNamed(named: unknown): LossName | null {
  const [name, ...others] = [named].flat();
  if (others.some((other) => other !== name)) return null;
  const found = (Object.keys(names) as LossName[]).find((loss) =>
    names[loss].some((known) => known === name || camelCase(known) === name),
  );
  return found ?? null;
}

export const lossName = (loss: LossName): string => names[loss][0]!;
