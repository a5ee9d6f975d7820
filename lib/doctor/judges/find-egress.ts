import { BlockList } from 'node:net';
import type {
  Endpoint,
  GroupRule,
  Route,
  RouteTable,
  SecurityGroup,
  Subnet,
} from '../probes/probe-network.ts';

/** How traffic leaves a subnet for the internet. */
export interface Egress {
  /**
   * `igw`: for public addresses only; `nat`: for all; `egressOnly`: IPv6; `elsewhere`: through something of which cannot be seen where it
   * leads; `gone`: its gateway was deleted; `none`: there is no such route.
   */
  readonly kind: 'igw' | 'nat' | 'egressOnly' | 'elsewhere' | 'gone' | 'none';
  readonly via: string;
}

const EVERYWHERE = { ipv4: '0.0.0.0/0', ipv6: '::/0' } as const;

/** The table that routes a subnet: its own, else the main one of its VPC. */
export function tableOf({ id, vpc }: Subnet, tables: readonly RouteTable[]): RouteTable | undefined {
  return (
    tables.find(({ subnets }) => subnets.includes(id)) ??
    tables.find((table) => table.isMain && table.vpc === vpc)
  );
}

/** How a table routes to the internet. */
export function egressOf(table: RouteTable | undefined, family: keyof typeof EVERYWHERE): Egress {
  const route = table?.routes.find(({ to }) => to === EVERYWHERE[family]);
  return route === undefined ? { kind: 'none', via: '' } : { kind: kindOf(route), via: route.via };
}

function kindOf({ via, isBlackhole }: Route): Egress['kind'] {
  if (isBlackhole) return 'gone';
  if (via.startsWith('igw-')) return 'igw';
  if (via.startsWith('nat-')) return 'nat';
  return via.startsWith('eigw-') ? 'egressOnly' : 'elsewhere';
}

/** The endpoint by which a subnet reaches a service without the internet. */
export function endpointFor(
  service: string,
  subnet: Subnet,
  table: RouteTable | undefined,
  endpoints: readonly Endpoint[],
): Endpoint | undefined {
  const near = endpoints.filter(
    (one) => one.service === service && one.vpc === subnet.vpc && one.isAvailable,
  );
  return (
    near.find(({ kind, routeTables }) => kind === 'gateway' && routeTables.includes(table?.id ?? '')) ??
    near.find(({ kind, hasPrivateDns }) => kind === 'interface' && hasPrivateDns)
  );
}

/** Whether the groups of an interface let HTTPS in from what has these groups, or is in this subnet. */
export function admitsHttps(
  { securityGroups }: Endpoint,
  from: { readonly groups: readonly string[]; readonly cidr: string },
  known: readonly SecurityGroup[],
): boolean {
  const own = known.filter(({ id }) => securityGroups.includes(id));
  return own.some(({ ingress }) =>
    ingress.some(
      (rule) =>
        isHttps(rule) &&
        (rule.groups.some((group) => from.groups.includes(group)) ||
          rule.prefixLists.length > 0 ||
          rule.cidrs.some((cidr) => contains(cidr, from.cidr))),
    ),
  );
}

/** Whether something of a group may open HTTPS connections to anything at all. */
export function letsHttpsOut({ egress }: SecurityGroup): boolean {
  return egress.some(isHttps);
}

function isHttps({ from, to }: GroupRule): boolean {
  return from <= 443 && to >= 443;
}

/** Whether an IPv4 network contains another one. */
function contains(outer: string, inner: string): boolean {
  const [network = '', outerBits = ''] = outer.split('/');
  const [address = '', innerBits = ''] = inner.split('/');
  if (Number(outerBits) > Number(innerBits)) return false;
  const list = new BlockList();
  list.addSubnet(network, Number(outerBits), 'ipv4');
  return list.check(address, 'ipv4');
}
