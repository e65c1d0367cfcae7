import { expect, test } from 'vitest';
import { createMailbox } from '../../src/run/index.js';

test('a mailbox gives what was put in, before and while it is read, then ends', async () => {
  const mailbox = createMailbox<number>();
  mailbox.put(1);
  setTimeout(() => {
    mailbox.put(2);
    mailbox.put(3);
    mailbox.close();
  });
  const read: number[] = [];
  for await (const message of mailbox) read.push(message);
  expect(read).toEqual([1, 2, 3]);
});

test('a mailbox closed with an error throws it behind its messages', async () => {
  const mailbox = createMailbox<number>();
  mailbox.put(1);
  mailbox.close(new Error('late'));
  const read: number[] = [];
  const reading = (async () => {
    for await (const message of mailbox) read.push(message);
  })();
  await expect(reading).rejects.toThrow('late');
  expect(read).toEqual([1]);
});
