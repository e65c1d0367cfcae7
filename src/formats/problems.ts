import { SecateurError } from '../util/errors.js';

/** The same error with the place where it happened in front of its message. */
export function within(place: string, { code, message, hint, cause }: SecateurError): SecateurError {
  return new SecateurError(code, `${place}: ${message}`, { ...(hint === undefined ? {} : { hint }), cause });
}

/** Does `work` on the file at `path` and names it in what goes wrong. */
export async function naming<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof SecateurError ? within(path, error) : error;
  }
}
