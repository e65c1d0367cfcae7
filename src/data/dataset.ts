import type { Shape } from '../tensor/tensor.js';

/** What every function that runs samples takes: inputs and what is expected of them, one row a sample. */
export interface LabelledData {
  /** Samples one after the other, each in row-major order (images: height, width, channels). */
  readonly x: Float32Array | Float64Array | Uint8Array;
  /** Class numbers (`Int32Array`, one a sample) or targets (`Float32Array`, one or more a sample). */
  readonly y: Int32Array | Float32Array;
  /** Multiplies every number of `x`; default 1. */
  readonly scale?: number;
  /**
   * How images lie in `x` (and in targets that are images): height, width, channels; or channels first; or as the model
   * takes them, the default.
   */
  readonly layout?: 'nhwc' | 'nchw' | 'model';
  /** Shape of one sample, e.g. `[28, 28, 1]`; by default the shape of the network's input. */
  readonly shape?: Shape;
}

/** The two halves that every dataset has. */
export type Split = 'train' | 'test';

/** A named dataset's split, complete or the part that was asked for. */
export interface Dataset extends Required<LabelledData> {
  readonly x: Float32Array | Uint8Array;
  readonly name: string;
  readonly split: Split;
  /** Number of samples. */
  readonly count: number;
  /** Number of classes of `y`; null for targets that are no classes. */
  readonly classes: number | null;
}

/** How far the download of a file has come, in bytes. */
export interface DownloadProgress {
  readonly file: string;
  readonly received: number;
  readonly total: number;
}

/** Which of the samples, and in which order. */
export interface SampleChoice {
  /**
   * At most so many samples: the first ones, after the shuffle if `seed` is given. Generated datasets: how many are
   * drawn.
   */
  readonly limit?: number;
  /**
   * Shuffles the samples. Generated datasets: the seed that the training points are drawn with, default 0; the test
   * split takes the next one.
   */
  readonly seed?: number;
}

/** How to load a dataset by name. */
export interface LoadOptions extends SampleChoice {
  /** Default `train`. */
  readonly split?: Split;
  /** Ends a download early; what came is kept for the next time. */
  readonly signal?: AbortSignal;
  /** Called whenever a part of a download has arrived. */
  readonly onProgress?: (progress: DownloadProgress) => void;
}

/** One row of the table of datasets: gives all samples of a split. */
export interface DatasetSource {
  /** One sentence for help texts. */
  readonly summary: string;
  load(split: Split, options: LoadOptions): Promise<Omit<Dataset, 'name' | 'split' | 'layout'>>;
  /** Whether `load` itself follows `limit` and `seed`, because the samples are drawn and not stored. */
  readonly drawn?: boolean;
}
