import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a server does with a request; `from` is the first byte that was asked for. */
export type Answer = (response: ServerResponse, from: number, request: IncomingMessage) => void;

export interface FileServer {
  /** `http://127.0.0.1:PORT/` */
  readonly url: string;
  /** The first byte of every request so far. */
  readonly asked: readonly number[];
  close(): Promise<void>;
}

/** A server on this machine that gives every request the same answer. */
export async function serve(answer: Answer): Promise<FileServer> {
  const asked: number[] = [];
  const server = createServer((request, response) => {
    const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
    asked.push(from);
    answer(response, from, request);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/`, asked, close: () => closeNow(server) };
}

function closeNow(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(() => resolve()));
}

/** Gives the part that was asked for, as servers of large files do. */
export const wholeFile =
  (content: Buffer): Answer =>
  (response, from) => {
    const range = { 'content-range': `bytes ${from}-${content.length - 1}/${content.length}` };
    const part = content.subarray(from);
    response.writeHead(from > 0 ? 206 : 200, { 'content-length': part.length, ...(from > 0 && range) });
    response.end(part);
  };

/** Promises all that was asked for, sends `length` bytes of it and breaks the connection. */
export const brokenAfter =
  (content: Buffer, length: number): Answer =>
  (response, from) => {
    const range = { 'content-range': `bytes ${from}-${content.length - 1}/${content.length}` };
    response.writeHead(from > 0 ? 206 : 200, { 'content-length': content.length - from, ...(from > 0 && range) });
    response.write(content.subarray(from, from + length), () => response.destroy());
  };
