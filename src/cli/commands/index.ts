import type { CliCommand } from '../command.js';
import { ablate } from './ablate.js';
import { audit } from './audit.js';
import { convert } from './convert.js';
import { doctor } from './doctor.js';
import { evaluate } from './evaluate.js';
import { inspect } from './inspect.js';
import { prune } from './prune.js';
import { score } from './score.js';
import { search } from './search.js';
import { sensitivity } from './sensitivity.js';
import { shrink } from './shrink.js';
import { study } from './study.js';
import { sweep } from './sweep.js';
import { train } from './train.js';
import { verify } from './verify.js';

/** Every command; the help lists what stands here. */
export const commands: Readonly<Record<string, CliCommand<never, never>>> = {
  doctor,
  inspect,
  train,
  evaluate,
  ablate,
  score,
  audit,
  prune,
  shrink,
  verify,
  convert,
  sweep,
  sensitivity,
  search,
  study,
};
