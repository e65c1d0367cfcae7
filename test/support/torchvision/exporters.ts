/** What a network's definition asks an exporter to write: each call gives the name of the tensor that it makes. */
export interface Module {
  conv(x: string, path: string, settings: ConvSettings): string;
  relu(x: string, path: string): string;
  relu6(x: string, path: string): string;
  add(a: string, b: string, path: string): string;
  concat(inputs: readonly string[], path: string): string;
  maxPool(
    x: string,
    path: string,
    settings: { kernel: number; stride: number; padding?: number; ceil?: boolean },
  ): string;
  globalPool(x: string, path: string): string;
  flatten(x: string, channels: number): string;
  linear(x: string, path: string, inputs: number, outputs: number): string;
  dropout(x: string, path: string): string;
}

export interface ConvSettings {
  readonly inputs: number;
  readonly filters: number;
  readonly kernel: number;
  readonly stride?: number;
  readonly padding?: number;
  readonly groups?: number;
  /** Path of the batch normalisation behind it; such a convolution has no bias of its own, unless `bias` says so. */
  readonly norm?: string;
  readonly bias?: true;
}

/** How an exporter calls nodes, tensors and weights. */
export interface Naming {
  node(opType: string, path: string): { readonly name: string; readonly output: string };
  /** A weight whose number was changed in exporting, or that is none of the module's own. */
  derived(opType: string, path: string): string;
}

/** The old exporter: nodes by their place in the module tree, `/layer1/layer1.0/conv1/Conv`. */
export function torchScriptNaming(): Naming {
  let counter = 192;
  const seen = new Map<string, number>();
  return {
    node: (opType, path) => {
      const plain = `${placeOf(path)}/${opType}`;
      const before = seen.get(plain) ?? 0;
      seen.set(plain, before + 1);
      const name = before === 0 ? plain : `${plain}_${before}`;
      return { name, output: `${name}_output_0` };
    },
    derived: (opType) => `onnx::${opType}_${++counter}`,
  };
}

/** Each module with its place in its parent: members of sequences carry the sequence's name. */
function placeOf(path: string): string {
  const places: string[] = [];
  for (const part of path.split('.').filter(Boolean)) {
    places.push(/^\d+$/.test(part) ? `${places.at(-1)}.${part}` : part);
  }
  return places.map((place) => `/${place}`).join('');
}

/** The exporter of torch.export graphs: nodes and tensors by what they compute, numbered: `node_conv2d_1`, `conv2d_1`. */
export function dynamoNaming(): Naming {
  const seen = new Map<string, number>();
  let constants = 0;
  return {
    node: (opType) => {
      const word = words.get(opType) ?? opType.toLowerCase();
      const before = seen.get(word) ?? 0;
      seen.set(word, before + 1);
      const output = before === 0 ? word : `${word}_${before}`;
      return { name: `node_${output}`, output };
    },
    derived: (opType, path) => (path === '' ? `val_${constants++}` : `${path}_${opType.toLowerCase()}`),
  };
}

const words: ReadonlyMap<string, string> = new Map([
  ['Conv', 'conv2d'],
  ['BatchNormalization', 'getitem'],
  ['Gemm', 'linear'],
  ['MaxPool', 'max_pool2d'],
  ['ReduceMean', 'mean'],
  ['Reshape', 'view'],
  ['Clip', 'hardtanh'],
  ['Concat', 'cat'],
]);
