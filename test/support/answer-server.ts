import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What CloudFormation's end of a custom resource received. */
export interface AnswerServer {
  readonly url: string;
  readonly answers: Record<string, unknown>[];
  readonly contentTypes: (string | undefined)[];
  close(): Promise<void>;
}

/** A server that takes the answers of custom resources, as the presigned URL of CloudFormation does. */
export async function startAnswerServer(status = 200): Promise<AnswerServer> {
  const answers: Record<string, unknown>[] = [];
  const contentTypes: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      answers.push(JSON.parse(Buffer.concat(chunks).toString('utf8')) as Record<string, unknown>);
      contentTypes.push(request.headers['content-type']);
      response.writeHead(status).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/answer`,
    answers,
    contentTypes,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
