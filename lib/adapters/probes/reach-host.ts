import { lookup } from 'node:dns/promises';
import { BlockList, isIP } from 'node:net';

/** Where a connection goes: the address is checked, and nothing resolves its name again. */
export interface Reached {
  readonly address: string;
  readonly port: number;
}

/** A failure in the kubelet's (that is, Go's) words. */
export class ProbeError extends Error {
  /** Whether nothing could be asked at all: then it counts neither way. */
  readonly unasked: boolean;
  constructor(message: string, unasked = false) {
    super(message);
    this.name = 'ProbeError';
    this.unasked = unasked;
  }
}

/** Judges an address before anything connects to it. */
export type AddressRule = (address: string) => boolean;

// The function's own network is not the pods': its loopback holds the Lambda runtime's API, link-local addresses the credentials.
const FORBIDDEN = new BlockList();
FORBIDDEN.addSubnet('0.0.0.0', 8);
FORBIDDEN.addSubnet('127.0.0.0', 8);
FORBIDDEN.addSubnet('169.254.0.0', 16);
FORBIDDEN.addSubnet('224.0.0.0', 3);
FORBIDDEN.addAddress('::', 'ipv6');
FORBIDDEN.addAddress('::1', 'ipv6');
FORBIDDEN.addSubnet('fe80::', 10, 'ipv6');
FORBIDDEN.addSubnet('ff00::', 8, 'ipv6');
// The metadata service of EC2 by IPv6.
FORBIDDEN.addAddress('fd00:ec2::254', 'ipv6');

/** The addresses that pods may have probed: all but loopback, link-local, multicast and those that mean "this host". */
export const isNetworkAddress: AddressRule = (address) =>
  // A BlockList sees an IPv4 address that is wrapped into IPv6 as what it is.
  isIP(address) !== 0 && !FORBIDDEN.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');

/** `host:port`, with brackets around an IPv6 address. */
export function joinHostPort(host: string, port: number): string {
  return isIP(host) === 6 ? `[${host}]:${port}` : `${host}:${port}`;
}

/** The address of a host, if a probe may go there. Throws a {@link ProbeError}. */
export async function reachHost(host: string, port: number, isAllowed: AddressRule): Promise<Reached> {
  const address = isIP(host) === 0 ? await resolve(host) : host;
  if (isAllowed(address)) return { address, port };
  throw new ProbeError(
    `${joinHostPort(address, port)} is not an address of the network and is not probed`,
    true,
  );
}

async function resolve(host: string): Promise<string> {
  try {
    return (await lookup(host)).address;
  } catch {
    throw new ProbeError(`dial tcp: lookup ${host}: no such host`);
  }
}

const DIAL_WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connect: connection refused',
  EHOSTUNREACH: 'connect: no route to host',
  ENETUNREACH: 'connect: network is unreachable',
  ETIMEDOUT: 'connect: connection timed out',
  ECONNRESET: 'connect: connection reset by peer',
  EACCES: 'connect: permission denied',
};

/** Why no connection came about: `dial tcp 10.0.0.1:80: connect: connection refused`. */
export function dialError({ address, port }: Reached, cause: unknown): ProbeError {
  const words = DIAL_WORDS[codeOf(cause)] ?? `connect: ${codeOf(cause).toLowerCase()}`;
  return new ProbeError(`dial tcp ${joinHostPort(address, port)}: ${words}`);
}

/** Node's code of an error, such as `ECONNREFUSED`. */
export function codeOf(cause: unknown): string {
  const code = typeof cause === 'object' && cause !== null && 'code' in cause ? cause.code : undefined;
  return typeof code === 'string' ? code : 'UNKNOWN';
}
