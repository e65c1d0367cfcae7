/** Messages from whoever has the mailbox to the one who reads it, in order, without a bound. */
export interface Mailbox<Message> extends AsyncIterable<Message> {
  put(message: Message): void;
  /** Ends the reading once everything before was read; with an error, by throwing it. */
  close(error?: unknown): void;
}

/** A mailbox for one reader. */
export function createMailbox<Message>(): Mailbox<Message> {
  const messages: Message[] = [];
  let end: { readonly error?: unknown } | undefined;
  let wake = (): void => {};
  return {
    put: (message) => {
      messages.push(message);
      wake();
    },
    close: (...error) => {
      end = error.length === 0 ? {} : { error: error[0] };
      wake();
    },
    async *[Symbol.asyncIterator]() {
      for (;;) {
        while (messages.length > 0) yield messages.shift() as Message;
        if (end && 'error' in end) throw end.error;
        if (end) return;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
  };
}
