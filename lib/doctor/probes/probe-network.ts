import { listAt, read, textOf, type JsonLike } from '../../local/explain/read-path.ts';
import { pagesOf, type Aws } from '../aws/ask-aws.ts';
import type { AwsService } from '../aws/aws-services.ts';
import { numberIn } from '../aws/aws-refusal.ts';
import { lookFurther, type Fact } from '../fact.ts';

/** A subnet. */
export interface Subnet {
  readonly id: string;
  readonly vpc: string;
  readonly zone: string;
  readonly cidr: string;
  readonly freeAddresses: number;
  readonly hasIpv6: boolean;
}

/** One route: where to, and through what. */
export interface Route {
  /** A CIDR, or the id of a prefix list. */
  readonly to: string;
  /** `igw-..`, `nat-..`, `eigw-..`, `tgw-..`, `local`, .. */
  readonly via: string;
  /** What it leads through is gone. */
  readonly isBlackhole: boolean;
}

export interface RouteTable {
  readonly id: string;
  readonly vpc: string;
  /** The subnets that were given this table. */
  readonly subnets: readonly string[];
  /** Of the VPC: for the subnets that were given none. */
  readonly isMain: boolean;
  readonly routes: readonly Route[];
}

/** A VPC endpoint. */
export interface Endpoint {
  readonly id: string;
  /** `ecr.api`, `s3`, .. */
  readonly service: string;
  readonly vpc: string;
  readonly kind: 'gateway' | 'interface';
  readonly isAvailable: boolean;
  /** Of an interface: whether the name of the service leads to it. */
  readonly hasPrivateDns: boolean;
  /** Of a gateway. */
  readonly routeTables: readonly string[];
  /** Of an interface. */
  readonly securityGroups: readonly string[];
}

/** One rule of a security group, for TCP. */
export interface GroupRule {
  readonly from: number;
  readonly to: number;
  readonly cidrs: readonly string[];
  readonly groups: readonly string[];
  readonly prefixLists: readonly string[];
}

export interface SecurityGroup {
  readonly id: string;
  readonly vpc: string;
  readonly isDefault: boolean;
  readonly ingress: readonly GroupRule[];
  readonly egress: readonly GroupRule[];
}

/** What is known of the network around some subnets. */
export interface NetworkFacts {
  readonly subnets: Fact<readonly Subnet[]>;
  readonly tables: Fact<readonly RouteTable[]>;
  readonly endpoints: Fact<readonly Endpoint[]>;
  readonly groups: Fact<readonly SecurityGroup[]>;
}

/** Looks at the subnets and groups of these ids, and at what their VPCs have. Ids that there are not are left out. */
export async function probeNetwork(
  aws: Fact<Aws>,
  ids: { readonly subnets: readonly string[]; readonly groups: readonly string[] },
): Promise<NetworkFacts> {
  const subnets = await lookFurther(aws, (known) => subnetsOf(known, ids.subnets));
  const vpcs = subnets.kind === 'known' ? [...new Set(subnets.value.map(({ vpc }) => vpc))] : [];
  const inVpcs = <T>(look: (known: Aws, vpcs: readonly string[]) => Promise<readonly T[]>) =>
    subnets.kind === 'unknown' ? Promise.resolve(subnets) : lookFurther(aws, (known) => look(known, vpcs));
  const [tables, endpoints] = await Promise.all([inVpcs(tablesOf), inVpcs(endpointsOf)]);
  const ofEndpoints = endpoints.kind === 'known' ? endpoints.value.flatMap((one) => one.securityGroups) : [];
  const groups = await lookFurther(aws, (known) => groupsOf(known, [...ids.groups, ...ofEndpoints], vpcs));
  return { subnets, tables, endpoints, groups };
}

/** Filters ask for what is there; the ids themselves would make the first missing one an error for all. */
async function describe(
  aws: Aws,
  operation: string,
  [list, filter]: readonly [list: string, filter: string],
  values: readonly string[],
): Promise<readonly JsonLike[]> {
  const question: readonly [AwsService, string] = ['ec2', operation];
  const found: JsonLike[] = [];
  for (let from = 0; from < values.length; from += MOST_VALUES) {
    const some = values.slice(from, from + MOST_VALUES);
    for await (const page of pagesOf(aws, question, { Filter: [{ Name: filter, Value: some }] }))
      found.push(...(listAt(page, [list]) as readonly JsonLike[]));
  }
  return found;
}

/** What one filter takes (EC2 API Reference, `Filter`). */
const MOST_VALUES = 200;

async function subnetsOf(aws: Aws, ids: readonly string[]): Promise<readonly Subnet[]> {
  const found = await describe(aws, 'DescribeSubnets', ['subnetSet', 'subnet-id'], [...new Set(ids)]);
  return found.map((one) => ({
    id: text(one, 'subnetId'),
    vpc: text(one, 'vpcId'),
    zone: text(one, 'availabilityZone'),
    cidr: text(one, 'cidrBlock'),
    freeAddresses: numberIn(read(one, ['availableIpAddressCount']), 'ec2:DescribeSubnets'),
    hasIpv6: listAt(one, ['ipv6CidrBlockAssociationSet']).some(
      (block) => read(block, ['ipv6CidrBlockState', 'state']) === 'associated',
    ),
  }));
}

async function tablesOf(aws: Aws, vpcs: readonly string[]): Promise<readonly RouteTable[]> {
  const found = await describe(aws, 'DescribeRouteTables', ['routeTableSet', 'vpc-id'], vpcs);
  return found.map((one) => {
    const associations = listAt(one, ['associationSet']);
    return {
      id: text(one, 'routeTableId'),
      vpc: text(one, 'vpcId'),
      subnets: associations.map((each) => text(each, 'subnetId')).filter((id) => id !== ''),
      isMain: associations.some((each) => text(each, 'main') === 'true'),
      routes: listAt(one, ['routeSet']).map(toRoute),
    };
  });
}

/** Through what a route leads, by the first of these that it names. */
const TARGETS = [
  'gatewayId',
  'natGatewayId',
  'egressOnlyInternetGatewayId',
  'transitGatewayId',
  'vpcPeeringConnectionId',
  'networkInterfaceId',
  'instanceId',
  'localGatewayId',
  'carrierGatewayId',
  'coreNetworkArn',
] as const;

function toRoute(route: unknown): Route {
  const to = ['destinationCidrBlock', 'destinationIpv6CidrBlock', 'destinationPrefixListId'].map((one) =>
    text(route, one),
  );
  const via = TARGETS.map((one) => text(route, one));
  return {
    to: to.find((one) => one !== '') ?? '',
    via: via.find((one) => one !== '') ?? '',
    isBlackhole: text(route, 'state') === 'blackhole',
  };
}

async function endpointsOf(aws: Aws, vpcs: readonly string[]): Promise<readonly Endpoint[]> {
  const found = await describe(aws, 'DescribeVpcEndpoints', ['vpcEndpointSet', 'vpc-id'], vpcs);
  return found.flatMap((one) => {
    const kind = text(one, 'vpcEndpointType').toLowerCase();
    if (kind !== 'gateway' && kind !== 'interface') return [];
    return [
      {
        kind,
        id: text(one, 'vpcEndpointId'),
        // `com.amazonaws.eu-west-1.ecr.api`, in China `cn.com.amazonaws...`
        service: text(one, 'serviceName').replace(/^.*?com\.amazonaws\.[^.]+\./, ''),
        vpc: text(one, 'vpcId'),
        isAvailable: text(one, 'state').toLowerCase() === 'available',
        hasPrivateDns: text(one, 'privateDnsEnabled') === 'true',
        routeTables: listAt(one, ['routeTableIdSet']).map(String),
        securityGroups: listAt(one, ['groupSet']).map((group) => text(group, 'groupId')),
      },
    ];
  });
}

async function groupsOf(
  aws: Aws,
  ids: readonly string[],
  vpcs: readonly string[],
): Promise<readonly SecurityGroup[]> {
  const inVpcs = await describe(aws, 'DescribeSecurityGroups', ['securityGroupInfo', 'vpc-id'], vpcs);
  const known = new Set(inVpcs.map((one) => text(one, 'groupId')));
  const others = [...new Set(ids)].filter((id) => !known.has(id));
  const elsewhere = await describe(aws, 'DescribeSecurityGroups', ['securityGroupInfo', 'group-id'], others);
  return [...inVpcs, ...elsewhere].map((one) => ({
    id: text(one, 'groupId'),
    vpc: text(one, 'vpcId'),
    isDefault: text(one, 'groupName') === 'default',
    ingress: listAt(one, ['ipPermissions']).flatMap(toRule),
    egress: listAt(one, ['ipPermissionsEgress']).flatMap(toRule),
  }));
}

/** Rules for other protocols than TCP are left out; `-1` is all protocols and ports. */
function toRule(rule: unknown): readonly GroupRule[] {
  const protocol = text(rule, 'ipProtocol');
  if (protocol !== '-1' && protocol !== 'tcp' && protocol !== '6') return [];
  const all = protocol === '-1';
  const texts = (list: string, key: string) => listAt(rule, [list]).map((one) => text(one, key));
  return [
    {
      from: all ? 0 : Number(text(rule, 'fromPort')),
      to: all ? 65_535 : Number(text(rule, 'toPort')),
      cidrs: texts('ipRanges', 'cidrIp'),
      groups: texts('groups', 'groupId'),
      prefixLists: texts('prefixListIds', 'prefixListId'),
    },
  ];
}

function text(value: unknown, key: string): string {
  return textOf(read(value, [key]), '');
}
