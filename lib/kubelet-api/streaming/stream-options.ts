import type { ApiRequest } from '../exchange.ts';

/** Which streams of a command the client wants. */
export interface StreamOptions {
  readonly stdin: boolean;
  readonly stdout: boolean;
  readonly stderr: boolean;
  readonly tty: boolean;
}

/**
 * The options of a request as the kubelet reads them (`remotecommand.NewOptions`): a terminal has no stderr of its own.
 * `undefined`: no stream is wanted.
 */
export function readStreamOptions({ query }: ApiRequest): StreamOptions | undefined {
  const isSet = (name: string): boolean => query.get(name) === '1';
  const tty = isSet('tty');
  const options = {
    stdin: isSet('input'),
    stdout: isSet('output'),
    stderr: isSet('error') && !tty,
    tty,
  };
  return options.stdin || options.stdout || options.stderr ? options : undefined;
}

/** What the kubelet answers where none is wanted. */
export const NO_STREAMS = 'you must specify at least 1 of stdin, stdout, stderr';
