/** A weight's entry in a manifest. Values follow each other in the weight data in the order of the entries. */
export interface WeightEntry {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: string;
  /** Stored smaller: `value = stored * scale + min`, or half precision without either. */
  readonly quantization?: { readonly dtype: string; readonly scale?: number; readonly min?: number };
  /** `optimizer` for the state of a training that was saved along. */
  readonly group?: string;
}

/** A LayersModel as tfjs hands it to and takes it from its IO handlers. */
export interface TfjsArtifacts {
  readonly modelTopology: object;
  readonly weightSpecs: readonly WeightEntry[];
  readonly weightData: ArrayBuffer | readonly ArrayBuffer[];
  readonly trainingConfig?: object;
}
