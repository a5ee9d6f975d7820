import { request } from 'node:https';
import type { ControlPlane } from '../../support/start-control-plane.ts';

/** An API server, asked as its administrator. */
export interface OpenApi {
  /** `undefined`: 404. */
  get(path: string): Promise<unknown>;
  post(path: string, body: object): Promise<unknown>;
  /** A merge patch. */
  patch(path: string, body: object): Promise<unknown>;
  remove(path: string): Promise<unknown>;
}

/** @throws Error of every call with what the API server said, unless it succeeded or found nothing */
export function openApi({ url, certificateAuthority }: ControlPlane): OpenApi {
  const send = (method: string, path: string, body?: object): Promise<unknown> =>
    new Promise((resolve, reject) => {
      const headers = {
        authorization: 'Bearer admin-token',
        'content-type': method === 'PATCH' ? 'application/merge-patch+json' : 'application/json',
      };
      const sent = request(new URL(path, url), { method, headers, ca: certificateAuthority }, (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => (text += chunk));
        response.on('end', () => {
          const { statusCode = 0 } = response;
          if (statusCode === 404) resolve(undefined);
          else if (statusCode >= 300) reject(new Error(`${method} ${path}: ${statusCode} ${text}`));
          else resolve(JSON.parse(text));
        });
      });
      sent.once('error', reject);
      sent.end(body === undefined ? undefined : JSON.stringify(body));
    });
  return {
    get: (path) => send('GET', path),
    post: (path, body) => send('POST', path, body),
    patch: (path, body) => send('PATCH', path, body),
    remove: (path) => send('DELETE', path),
  };
}
