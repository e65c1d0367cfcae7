import { isAbsolute } from 'node:path';

/** The stable codes of every error that Secateur throws on purpose. */
export const errorCodes = [
  'ERR_ARGUMENT',
  'ERR_SHAPE',
  'ERR_DATA',
  'ERR_MODEL_CORRUPT',
  'ERR_MODEL_UNSUPPORTED',
  'ERR_LIMIT',
  'ERR_BACKEND',
  'ERR_NATIVE',
  'ERR_ABORTED',
  'ERR_IO',
  'ERR_GATE',
] as const;

/** Where a fault lies; stable, for programs. */
export type ErrorCode = (typeof errorCodes)[number];

/** What an error knows besides its message. */
export interface ErrorDetails {
  /** What the reader can do about it, one sentence. */
  readonly hint?: string;
  readonly cause?: unknown;
}

/**
 * The one error class of the library. `code` is stable and meant for programs; the message says what was wrong and
 * where; `hint` says what to do.
 */
export class SecateurError extends Error {
  readonly code: ErrorCode;
  readonly hint: string | undefined;

  constructor(code: ErrorCode, message: string, { hint, cause }: ErrorDetails = {}) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'SecateurError';
    this.code = code;
    this.hint = hint;
  }
}

/** The error for a file or folder that the system would not give. */
export function unreadable(path: string, cause: NodeJS.ErrnoException): SecateurError {
  const reason = cause.code === 'ENOENT' ? 'there is no such file or folder' : `cannot be read (${cause.message})`;
  const from = cause.code === 'ENOENT' && !isAbsolute(path) ? { hint: `paths start at ${process.cwd()}` } : {};
  return new SecateurError('ERR_IO', `${path}: ${reason}`, { cause, ...from });
}

/** The error for a file or folder that the system would not take; `folder` is where it was to lie. */
export function unwritable(path: string, cause: NodeJS.ErrnoException, folder: string): SecateurError {
  const reason = cause.code === 'ENOENT' ? `there is no folder ${folder}` : cause.message;
  return new SecateurError('ERR_IO', `${path}: cannot be written: ${reason}`, { cause, ...remedyOf(cause) });
}

/** What helps where the system would not take something, as far as that is known. */
export function remedyOf({ code }: NodeJS.ErrnoException): Pick<ErrorDetails, 'hint'> {
  const hint = remedies[code ?? ''];
  return hint === undefined ? {} : { hint };
}

/** By what the system says of a place, what helps. */
const remedies: Readonly<Record<string, string>> = {
  ENOENT: 'make the folder first',
  ENOSPC: 'the disk is full: make room, or name a place on another',
  EDQUOT: 'your share of the disk is used up: make room, or name a place on another',
  EROFS: 'the disk can only be read: name a place on another',
  EACCES: 'you may not write there: name another folder',
  EPERM: 'you may not write there: name another folder',
};

/** The error for a run that its `AbortSignal` ended; `cause` is the signal's reason. */
export function abortedError(
  signal: AbortSignal,
  { journal }: { readonly journal?: string | undefined } = {},
): SecateurError {
  const { reason: cause } = signal;
  return new SecateurError(
    'ERR_ABORTED',
    'the run was aborted',
    journal === undefined ? { cause } : { hint: goesOn, cause },
  );
}

/** Told of runs that end early and have a journal. */
export const goesOn = 'the journal holds what was done: the same run goes on from there';
