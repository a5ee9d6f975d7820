import { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import dynalite from 'dynalite';

/** A running DynamoDB on loopback. */
export interface LocalDynamo {
  /** For `AWS_ENDPOINT_URL_DYNAMODB` or a client's `endpoint`. Any credentials and Region will do. */
  readonly endpoint: string;
  close(): Promise<void>;
}

/**
 * Starts an empty DynamoDB in memory on a free port of the loopback interface. Tables are ready at once. It knows no TTL and no
 * transactions, and a failed condition returns no old item.
 */
export async function startDynalite(): Promise<LocalDynamo> {
  const server = dynalite({ createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 });
  // An idle connection must not be closed under a client that is about to use it.
  server.keepAliveTimeout = 0;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise<void>((resolve, reject) => {
        // Only the HTTP side: dynalite's own close shuts the database too, and a write in flight then throws where nobody catches.
        Server.prototype.close.call(server, (error?: Error) => {
          if (error) reject(error);
          else resolve();
        });
        // SDK clients keep their connections open, and the server waits for the last one.
        server.closeAllConnections();
      }),
  };
}
