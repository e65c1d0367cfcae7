import type { LossHead } from '../../network/index.js';
import type { NativeHead } from './addon.js';

export const nativeHead = ({ loss, scores }: LossHead): NativeHead => ({ loss, layer: scores });
