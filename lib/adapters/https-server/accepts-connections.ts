import { connect } from 'node:net';

const WITHIN_MS = 3_000;

/** Whether something accepts TCP connections there within 3 s. Never rejects. */
export function acceptsConnections(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const end = (isThere: boolean) => (): void => {
      socket.destroy();
      resolve(isThere);
    };
    socket.setTimeout(WITHIN_MS, end(false)).once('connect', end(true)).once('error', end(false));
  });
}
