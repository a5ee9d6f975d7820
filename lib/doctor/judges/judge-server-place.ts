import { BlockList, isIP } from 'node:net';
import type { Access } from '../../adapters/kubernetes/identity.ts';
import { fault, type Problem } from '../finding.ts';

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');

/** Addresses that nothing outside of a network reaches (RFC 1918, RFC 6598, RFC 3927, RFC 4193). */
const PRIVATE = new BlockList();
for (const [network, bits] of [
  ['10.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['100.64.0.0', 10],
  ['169.254.0.0', 16],
] as const)
  PRIVATE.addSubnet(network, bits, 'ipv4');
PRIVATE.addSubnet('fc00::', 7, 'ipv6');

/** Whether the functions, which run in AWS, reach the address of the API server: names are not judged. */
export function placeProblems({ endpoint }: Access, isInVpc: boolean): readonly Problem[] {
  const host = new URL(endpoint.url).hostname.replace(/^\[|\]$/g, '');
  if (host === 'localhost' || isWithin(LOOPBACK, host))
    return [
      fault(
        `the secret says that the API server is at ${endpoint.url}, which for the functions is themselves`,
        'put an address that AWS reaches into server, one that the certificate of the API server names (k3s: --tls-san)',
      ),
    ];
  if (isInVpc || !isWithin(PRIVATE, host)) return [];
  return [
    fault(
      `the secret says that the API server is at ${endpoint.url}, a private address, and the functions are outside of any VPC`,
      'set functionSubnets and functionSecurityGroups, or put a public address into server',
    ),
  ];
}

function isWithin(list: BlockList, host: string): boolean {
  const version = isIP(host);
  return version !== 0 && list.check(host, version === 4 ? 'ipv4' : 'ipv6');
}
